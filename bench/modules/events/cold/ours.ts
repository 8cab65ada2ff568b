import { order } from "../../idempotency/order.ts";
import { orderPlaced } from "../order-placed.ts";

const { ok } = await orderPlaced.check(order);
if (!ok) throw new Error("The order is right.");
