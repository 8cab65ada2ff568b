import type { IdempotencyStore } from "holdfast/idempotency";
import { type RedisClient, redisStore } from "holdfast/idempotency/redis";
import { Cluster, Redis } from "ioredis";
import { createClient, createClientPool, createCluster, createSentinel } from "redis";
import { expectTypeOf, test } from "vitest";

test("the clients of ioredis are taken as they are", () => {
  expectTypeOf(new Redis()).toExtend<RedisClient>();
  expectTypeOf(new Cluster([])).toExtend<RedisClient>();
});

test("the clients of node-redis are taken as they are", () => {
  expectTypeOf(createClient()).toExtend<RedisClient>();
  expectTypeOf(createClient({ RESP: 2 })).toExtend<RedisClient>();
  expectTypeOf(createClientPool()).toExtend<RedisClient>();
  expectTypeOf(createCluster({ rootNodes: [] })).toExtend<RedisClient>();
  expectTypeOf(createSentinel({ name: "main", sentinelRootNodes: [] })).toExtend<RedisClient>();
});

test("what cannot run a script is no client", () => {
  // @ts-expect-error a pipeline answers nothing until exec
  redisStore({ client: new Redis().pipeline() });
  // @ts-expect-error neither does a transaction
  redisStore({ client: createClient().multi() });
  // @ts-expect-error no client at all
  redisStore({ client: { get: async () => "OK" } });
});

test("it is a store, and says in its type that it cannot transact", () => {
  const store = redisStore({ client: new Redis() });
  expectTypeOf(store).toExtend<IdempotencyStore>();
  expectTypeOf(store).not.toHaveProperty("transact");
});
