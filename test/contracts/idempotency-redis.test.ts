import { redisStore } from "holdfast/idempotency/redis";
import { idempotencyStepContract, idempotencyStoreContract } from "holdfast/testing";
import { describe, test } from "vitest";
import { ioredisOf, nodeRedisOf, redisDouble } from "../support/redis-double.ts";

/**
 * The store's own half: what it sends, and how it reads what comes back. No Lua runs here, for there is no Redis;
 * `test/services/redis` holds the scripts to the same contract, on real servers (`npm run test:services`).
 */
describe.each([
  ["ioredis", ioredisOf],
  ["node-redis", nodeRedisOf],
])("Redis store in front of a double, in the shape of %s", (_, clientOf) => {
  for (const rule of [...idempotencyStoreContract, ...idempotencyStepContract]) {
    test(rule.name, () => rule.run({ store: redisStore({ client: clientOf(redisDouble()) }) }));
  }
});
