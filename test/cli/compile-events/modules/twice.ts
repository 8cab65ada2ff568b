import { defineEvent } from "holdfast/events";

export const one = defineEvent({ source: "a", type: "b", version: 1, schema: { type: "object" } });
export const other = defineEvent({
  source: "a",
  type: "b",
  version: 1,
  schema: { type: "object", required: ["a"] },
});
