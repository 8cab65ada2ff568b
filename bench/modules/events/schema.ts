/** Of the order in `../idempotency/order.ts`: formats, patterns, ranges, lists and a reference, as orders have them. */
export const schema = {
  type: "object",
  additionalProperties: false,
  required: ["orderId", "customer", "placedAt", "currency", "lines", "shipping", "total"],
  properties: {
    orderId: { type: "string", format: "uuid" },
    customer: {
      type: "object",
      required: ["id", "name", "email"],
      properties: {
        id: { type: "string", pattern: "^c-[0-9]+$" },
        name: { type: "string", minLength: 1, maxLength: 200 },
        email: { type: "string", format: "email" },
        tier: { enum: ["none", "silver", "gold"] },
      },
    },
    placedAt: { type: "string", format: "date-time" },
    currency: { type: "string", pattern: "^[A-Z]{3}$" },
    lines: { type: "array", minItems: 1, maxItems: 100, items: { $ref: "#/$defs/line" } },
    shipping: {
      type: "object",
      required: ["method", "street", "city", "country"],
      properties: {
        method: { enum: ["standard", "express"] },
        street: { type: "string", maxLength: 200 },
        city: { type: "string", maxLength: 200 },
        postcode: { type: "string", pattern: "^[0-9A-Z -]{3,10}$" },
        country: { type: "string", pattern: "^[A-Z]{2}$" },
      },
    },
    coupon: { type: "string", maxLength: 20 },
    total: { type: "number", minimum: 0 },
    notes: { type: "string", maxLength: 1_000 },
  },
  $defs: {
    line: {
      type: "object",
      required: ["sku", "quantity", "unitPrice"],
      properties: {
        sku: { type: "string", pattern: "^SKU-[0-9]{5}$" },
        title: { type: "string", maxLength: 200 },
        quantity: { type: "integer", minimum: 1, maximum: 1_000 },
        unitPrice: { type: "number", minimum: 0 },
        gift: { type: "boolean" },
      },
    },
  },
} as const;
