import { defineEvent } from "holdfast/events";

const line = {
  type: "object",
  properties: { sku: { type: "string" }, quantity: { type: "integer", minimum: 0 } },
  required: ["sku", "quantity"],
} as const;

export const orderPlaced = defineEvent({
  source: "order.service",
  type: "OrderPlaced",
  version: 1,
  schema: {
    type: "object",
    description: "An order was taken | by our own shop.",
    properties: {
      orderId: { type: "string", pattern: "^o-[0-9]{1,6}$", examples: ["o-1"] },
      lines: { type: "array", items: line, minItems: 1 },
      email: { type: "string", format: "email" },
    },
    required: ["orderId", "lines"],
  },
});

export const orderShipped = defineEvent({
  source: "order.service",
  type: "OrderShipped",
  version: 1,
  schema: { type: "object", properties: { orderId: { type: "string" } }, required: ["orderId"] },
});

/** The same under another name, as an index of definitions may have it. */
export const placed = orderPlaced;

export const eventParties = {
  "order.service OrderPlaced": { producers: ["shop"], consumers: ["stock", "payments"] },
  "order.service OrderPlaced 1": { consumers: ["archive"] },
};
