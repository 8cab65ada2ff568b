import { defineEvent } from "holdfast/events";
import { order } from "../../idempotency/order.ts";
import { schema } from "../schema.ts";

const orderPlaced = defineEvent({ source: "order.service", type: "OrderPlaced", version: 1, schema });
const { ok } = await orderPlaced.check(order);
if (!ok) throw new Error("The order is right.");
