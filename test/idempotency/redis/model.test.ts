import { redisStore } from "holdfast/idempotency/redis";
import { test } from "vitest";
import { ioredisOf, redisDouble } from "../../support/redis-double.ts";
import { behavesLikeMemory } from "../../support/store-model.ts";

test("in front of a double, any series of requests is answered as in memory", () =>
  behavesLikeMemory(() => redisStore({ client: ioredisOf(redisDouble()) }), 200));
