import { defineEvent } from "holdfast/events/compiled";
import validators from "../../../.build/bench/order-placed.mjs";
import { schema } from "./schema.ts";

export const orderPlaced = defineEvent({
  source: "order.service",
  type: "OrderPlaced",
  version: 1,
  schema,
  validators,
});
