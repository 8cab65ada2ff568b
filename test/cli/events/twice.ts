import { defineEvent } from "holdfast/events";

const base = { source: "order.service", type: "OrderPlaced", version: 1 };
export const one = defineEvent({ ...base, schema: { type: "object" } });
export const other = defineEvent({ ...base, schema: { type: "object", required: ["a"] } });
