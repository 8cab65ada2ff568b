import { defineEvent, type EventDetail } from "holdfast/events";

/** Amounts are whole cents. */
const schema = {
  type: "object",
  properties: {
    orderId: { type: "string", minLength: 1, maxLength: 64 },
    customerId: { type: "string", minLength: 1, maxLength: 64 },
    items: {
      type: "array",
      minItems: 1,
      // One transaction takes all of them out of the stock: 100 actions, one of which is the reservation. Where the record
      // is one as well, an order that has this many products is put before a person.
      maxItems: 99,
      items: {
        type: "object",
        properties: {
          productId: { type: "string", minLength: 1, maxLength: 64 },
          quantity: { type: "integer", minimum: 1, maximum: 10_000 },
          price: { type: "integer", minimum: 0, maximum: 100_000_000 },
        },
        required: ["productId", "quantity", "price"],
        additionalProperties: false,
      },
    },
    total: { type: "integer", minimum: 0 },
    timestamp: { type: "string", format: "date-time" },
  },
  required: ["orderId", "customerId", "items", "total", "timestamp"],
  additionalProperties: false,
} as const;

/** An order was taken by our own shop. */
export const orderPlaced = defineEvent({ source: "order.service", type: "OrderPlaced", version: 1, schema });

/** An order was taken by a marketplace, which ships it too: it is paid, reserved, and its customer told, side by side. */
export const orderCreated = defineEvent({
  source: "marketplace.service",
  type: "OrderCreated",
  version: 1,
  schema,
});

export type Order = EventDetail<typeof orderPlaced>;

/** Ten years: whoever publishes an order's id again, an archive that is replayed for one, means the same order. */
export const REMEMBER_ORDER_MS = 3_650 * 86_400_000;

/** What the accounting system knows of a customer. */
export interface Customer {
  readonly name: string;
  readonly segment: string;
}

export interface StoredOrder extends Order {
  readonly customerName: string;
  readonly customerSegment: string;
  readonly discount: number;
  readonly payable: number;
  readonly processedAt: string;
}

const DISCOUNT_ABOVE = 100_00;
const DISCOUNT_PERCENT = 10;

/** The event's identity and its correlation, from the business key: published twice, it is still one event. */
export function placedId(orderId: string): string {
  return `order-placed/${orderId}`;
}

/** The sum of the items, which the order's total must equal. */
export function sumOfItems(order: Order): number {
  return order.items.reduce((sum, item) => sum + item.quantity * item.price, 0);
}

/** What the customer pays, in cents. */
export function payableFor(order: Order): number {
  return order.total - discountFor(order);
}

function discountFor({ total }: Order): number {
  return total > DISCOUNT_ABOVE ? Math.round((total * DISCOUNT_PERCENT) / 100) : 0;
}

/**
 * The order as it is stored. `placedAt` is the event's own time, so that a repeat, however late, makes the same bytes.
 */
export function enrich(order: Order, customer: Customer, placedAt: string): StoredOrder {
  return {
    ...order,
    customerName: customer.name,
    customerSegment: customer.segment,
    discount: discountFor(order),
    payable: payableFor(order),
    processedAt: placedAt,
  };
}
