import { defineEvent } from "holdfast/events";

const line = {
  type: "object",
  properties: { sku: { type: "string" }, quantity: { type: "integer", minimum: 1 } },
  required: ["sku", "quantity"],
} as const;

export const orderPlaced = defineEvent({
  source: "order.service",
  type: "OrderPlaced",
  version: 1,
  schema: {
    type: "object",
    properties: {
      orderId: { type: "string", pattern: "^o-[0-9]{1,6}$" },
      lines: { type: "array", items: line, minItems: 1 },
      coupon: { type: "string" },
    },
    required: ["orderId", "lines"],
  },
});

export const orderPlaced2 = defineEvent({
  source: "order.service",
  type: "OrderPlaced",
  version: 2,
  schema: { type: "object" },
});
