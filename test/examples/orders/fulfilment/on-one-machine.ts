import type { Call, Policy } from "holdfast";
import type { AwsTransport } from "holdfast/aws/dynamodb";
import type { IdempotencyStore } from "holdfast/idempotency";
import type { MemoryStore } from "holdfast/idempotency/memory";
import { type CrashProcess, fakeContext } from "holdfast/testing";
import event from "../../../../examples/orders/events/fulfil-order.json" with { type: "json" };
import type { Asked } from "../../../../examples/orders/src/ask.ts";
import type { Inventory } from "../../../../examples/orders/src/inventory.ts";
import { type OneClient, oneClient } from "../../one-client.ts";
import type { Outside, Systems } from "./outside.ts";

export type FulfilOrder = typeof import("../../../../examples/orders/src/handlers/fulfil-order.ts");
export type PayOrder = typeof import("../../../../examples/orders/src/handlers/pay-order.ts");
export type ReserveStock = typeof import("../../../../examples/orders/src/handlers/reserve-stock.ts");
export type NotifyCustomer = typeof import("../../../../examples/orders/src/handlers/notify-customer.ts");

/** What the handler makes when its module is loaded, replaced for each process. Its retries and timeouts are its own. */
const clients: {
  readonly store: OneClient<IdempotencyStore>;
  readonly transport: OneClient<AwsTransport>;
  readonly systems: OneClient<Systems>;
  readonly inventory: OneClient<Inventory>;
} = { store: oneClient(), transport: oneClient(), systems: oneClient(), inventory: oneClient() };

/** What a store says of itself when a function is wrapped, where no process runs yet. */
const ASKED_BEFORE: Readonly<Record<PropertyKey, unknown>> = {
  keepsSteps: true,
  name: "memory",
  hint: () => undefined,
};

const METHODS: Readonly<Record<string, keyof Systems>> = {
  "/charges": "charge",
  "/refunds": "refund",
  "/shipments": "ship",
  "/postings": "post",
  "/notifications": "notify",
};

/** What stands for the modules that reach outside. */
export const modules = {
  store: {
    dynamoDBStore: () =>
      new Proxy(clients.store.client, {
        get: (target, name) => ASKED_BEFORE[name] ?? Reflect.get(target, name),
      }),
  },
  transport: { dynamoDBTransport: () => clients.transport.client },
  inventory: { inventoryIn: () => clients.inventory.client },
  // What it does has tests of its own; here it stands out of the way of the others.
  circuit: { paymentCircuit: (): Policy => ({ name: "circuitBreaker", run: (_, call, next) => next(call) }) },
  ask: {
    ask(asked: Asked, call: Call) {
      const method = METHODS[asked.url.pathname];
      if (method === undefined) throw new Error(`nobody answers ${asked.url.pathname}`);
      return clients.systems.client[method](asked, call);
    },
  },
};

export const environment = {
  ACCOUNTING_URL: "http://accounting.invalid",
  CARRIER_URL: "http://carrier.invalid",
  CIRCUITS_TABLE: "Circuits",
  IDEMPOTENCY_TABLE: "Idempotency",
  NOTIFICATIONS_TABLE: "Notifications",
  NOTIFICATIONS_URL: "http://notifications.invalid",
  ORDER_STATE_TABLE: "OrderState",
  PAYMENTS_HONOUR_KEYS: "true",
  PAYMENTS_URL: "http://payments.invalid",
  RESERVATIONS_TABLE: "Reservations",
  REVIEWS_TABLE: "Reviews",
  SKIPPED_URL: "http://skipped.invalid",
  STOCK_TABLE: "Stock",
};

/** What outlives a process: the records, the systems outside, and the one item of OrderState. */
export interface Lasting {
  readonly records: MemoryStore;
  readonly outside: Outside;
  readonly state: OrderStateItem;
}

export interface OrderStateItem {
  readonly table: AwsTransport;
  /** `FULFILLED shipping`. */
  end(): string;
}

/** What a transaction, or a PutItem, made of the item. */
export function orderStateItem(
  records: MemoryStore,
  [status, step] = ["FULFILLED", "shipping"],
): OrderStateItem {
  let cancelled: Record<string, { readonly S: string }> | undefined;
  const read = () => (records.applied.length > 0 ? { status: { S: status }, step: { S: step } } : cancelled);
  return {
    table: {
      async call(operation, input) {
        if (operation === "PutItem") ({ Item: cancelled } = input as { Item: typeof cancelled });
        return { Item: read() };
      },
    },
    end: () => `${read()?.["status"]?.S} ${read()?.["step"]?.S}`,
  };
}

/** A process that runs the handler, and how it handles a delivery. */
export function processOf(
  { handler }: FulfilOrder | PayOrder | ReserveStock | NotifyCustomer,
  { records, outside, state }: Lasting,
  { runtime, watch }: CrashProcess,
  delivered: typeof event = event,
): () => Promise<void> {
  clients.store.serve(runtime, watch("store", records));
  clients.transport.serve(runtime, watch("dynamodb", state.table));
  clients.systems.serve(runtime, watch("outside", outside.systems));
  clients.inventory.serve(runtime, watch("inventory", outside.inventory));
  return async () => {
    const { batchItemFailures } = await handler(delivered, fakeContext({ runtime, timeoutMs: 10_000 }));
    // SQS delivers what is named again.
    if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} failed`);
  };
}
