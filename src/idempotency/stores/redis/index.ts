export type { IoRedisClient, NodeRedisClient, NodeRedisScriptOptions, RedisClient } from "./client.ts";

import { type Call, runtimeOf } from "../../../core/call.ts";
import { InvalidOptionError } from "../../../core/errors.ts";
import { checkRequiredOptions } from "../../../core/options.ts";
import { isOver, type RecordState } from "../../record.ts";
import type { IdempotencyStore, Lease, RecordChange, WriteAnswer } from "../../store.ts";
import { type RedisClient, scriptRunner } from "./client.ts";
import { changedFields, numberText, stepFields, timeToLive } from "./hash.ts";
import { hint } from "./hints.ts";
import { firstFence, readChange, readClaim, readRecord, readRemoval } from "./replies.ts";
import { type Script, scripts } from "./scripts.ts";

export interface RedisStoreOptions {
  /** An ioredis or node-redis client, single or cluster, of Redis 4 or newer or of Valkey. The store never closes it. */
  readonly client: RedisClient;
  /** In front of every key. Default: `holdfast:`. */
  readonly keyPrefix?: string;
}

/** All that a store can do, apart from `transact`: Redis does not undo what a script did before it failed. */
export type RedisStore = Required<Omit<IdempotencyStore, "transact">>;

/**
 * Records in Redis or Valkey: one hash per key, and one Lua script per method, which Redis runs as one step.
 *
 * What Redis does not promise, whatever the store does: replication is asynchronous, so a failover can lose writes that
 * were acknowledged: a key that was claimed, or completed, is then as it was before, and two runs may hold one fence.
 * `WAIT` makes that rarer and not impossible. A crash loses the last second of an append-only file, unless it is flushed
 * at every write (`appendfsync always`). An eviction policy other than `noeviction` forgets records when memory is short.
 * Valkey is the same in all of this. Where doing it twice is expensive, use the DynamoDB or the PostgreSQL store.
 * Source: Redis documentation, "Redis replication", "Redis persistence" and "Key eviction".
 *
 * There is no `unit.transact`: a script that fails half-way is not rolled back (Redis documentation, "Scripting with Lua"),
 * and an effect elsewhere takes no part in it. Give the effect `unit.id` as its own idempotency key instead.
 *
 * Keep the client's own queue short (`maxRetriesPerRequest` with ioredis, `disableOfflineQueue` with node-redis): a claim
 * that is sent after its call is over holds the key until its lease has ended.
 *
 * @throws InvalidOptionError when the client is neither.
 * @example
 * ```ts
 * const store = redisStore({ client: new Redis({ host: "redis.internal", maxRetriesPerRequest: 2 }) });
 * ```
 */
export function redisStore(options: RedisStoreOptions): RedisStore {
  checkRequiredOptions("redisStore", options, ["client", "keyPrefix"]);
  const { client, keyPrefix = "holdfast:" } = options;
  if (typeof keyPrefix !== "string") throw new InvalidOptionError("redisStore", "keyPrefix must be a text");
  const runScript = scriptRunner("redisStore", client);
  const { claim, change, remove, read } = scripts();

  async function run<T>(
    script: Script,
    id: string,
    values: readonly string[],
    call: Call,
    understand: (reply: unknown, ticket: string) => T,
  ): Promise<T> {
    const ticket = runtimeOf(call).newId();
    return understand(await runScript(script, keyPrefix + id, [ticket, ...values], call), ticket);
  }

  async function write(
    seen: Lease & { readonly state: RecordState },
    changes: RecordChange & { readonly owner?: string },
    call: Call,
  ): Promise<WriteAnswer> {
    const { id, state, owner, fence } = seen;
    const before = { state, owner, fence: numberText(fence) };
    const fields = changedFields(changes);
    const { expiresAtMs } = changes;
    const ttl = expiresAtMs === undefined ? "" : timeToLive(expiresAtMs, runtimeOf(call).now());
    const over = isOver(changes.state ?? state);
    const steps = over ? [] : stepFields(changes.steps);
    const pairs = [...Object.entries(fields), ...steps].flat();
    const values = [state, owner, before.fence, ttl, over ? "1" : "0", ...pairs];
    return run(change, id, values, call, (reply, ticket) =>
      readChange(
        reply,
        ticket,
        { ...before, ...fields },
        steps.map(([, text]) => text),
      ),
    );
  }

  return {
    name: `Redis, keys ${keyPrefix}*`,
    keepsSteps: true,
    hint,
    async claim(request, call) {
      const { id, version, owner, payloadHash, nowMs, leaseUntilMs, expiresAtMs, replacesFence } = request;
      const values = [
        numberText(version),
        owner,
        payloadHash,
        numberText(nowMs),
        numberText(leaseUntilMs),
        numberText(expiresAtMs),
        timeToLive(expiresAtMs, nowMs),
        numberText(firstFence(nowMs)),
        request.takesAbandoned ? "1" : "0",
        replacesFence === undefined ? "" : numberText(replacesFence),
      ];
      return run(claim, id, values, call, (reply, ticket) => readClaim(reply, ticket, request));
    },
    write(lease, changes, call) {
      return write({ ...lease, state: "IN_PROGRESS" }, changes, call);
    },
    read: (id, call) => run(read, id, [], call, readRecord),
    async settle(seen, changes, call) {
      if (changes !== undefined) return write(seen, changes, call);
      return run(remove, seen.id, [seen.state, seen.owner, numberText(seen.fence)], call, readRemoval);
    },
  };
}
