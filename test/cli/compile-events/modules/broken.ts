import { defineEvent } from "holdfast/events";

export const broken = defineEvent({
  source: "a",
  type: "b",
  version: 1,
  schema: { type: "object", propertys: {} },
});
