import { wrapHandler } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { context, order } from "../order.ts";

const handler = wrapHandler(
  idempotent(async (event: typeof order) => event.total, {
    store: memoryStore(),
    operation: "accept",
    key: (event) => event.orderId,
  }),
);
await handler(order, context);
