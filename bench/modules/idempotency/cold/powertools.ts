import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency";
import { context, order } from "../order.ts";
import { PowertoolsMemoryLayer } from "../powertools-memory-layer.ts";

const handler = makeIdempotent(async (event: typeof order, _context: typeof context) => event.total, {
  persistenceStore: new PowertoolsMemoryLayer(),
  config: new IdempotencyConfig({ eventKeyJmesPath: "orderId" }),
});
await handler(order, context);
