import { defineEvent } from "holdfast/events/compiled";
// @ts-expect-error it is written by the program under test
import validators from "./compiled/events.mjs";

export const orderPlaced = defineEvent({
  source: "order.service",
  type: "OrderPlaced",
  version: 1,
  schema: {
    type: "object",
    required: ["orderId"],
    properties: {
      orderId: { type: "string", pattern: "^o-" },
      note: { type: "string", pattern: "^(a+)+$" },
    },
  },
  validators,
});

export const again = orderPlaced;

export const noted = defineEvent({
  source: "order.service",
  type: "Noted",
  version: 3,
  schema: { type: "object", properties: { text: { type: "string", maxLength: 3 } } },
  validators,
});

export const other = defineEvent({
  source: "order.service",
  type: "Other",
  version: 1,
  schema: { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } },
});
