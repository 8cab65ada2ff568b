import { type Call, refusal } from "../../../core/call.ts";
import { InvalidOptionError } from "../../../core/errors.ts";
import { within } from "../../../core/within.ts";
import type { Script } from "./scripts.ts";

/** What is used of an ioredis client: `new Redis(…)`, `new Redis.Cluster(…)`. */
export interface IoRedisClient {
  evalsha(sha1: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
  eval(script: string, keyCount: number, ...keysAndArguments: string[]): Promise<unknown>;
}

/** What is used of a node-redis client: `createClient`, `createCluster`, `createClientPool`, `createSentinel`. */
export interface NodeRedisClient {
  evalSha(sha1: string, options: NodeRedisScriptOptions): Promise<unknown>;
  eval(script: string, options: NodeRedisScriptOptions): Promise<unknown>;
}

/** The lists may be changed, says the type that node-redis has of them. */
export interface NodeRedisScriptOptions {
  keys: string[];
  arguments: string[];
}

/** A client of Redis, or of Valkey, that is connected or connects by itself. */
export type RedisClient = IoRedisClient | NodeRedisClient;

/**
 * Runs a script on one key.
 *
 * Nothing is sent on a call that is over. One that ends while the reply is awaited rejects at once; the script may
 * have run all the same, or may run later, from the client's own queue. Both are a lost reply to the store's users.
 */
export type RunScript = (
  script: Script,
  key: string,
  values: readonly string[],
  call: Call,
) => Promise<unknown>;

export function scriptRunner(where: string, client: RedisClient): RunScript {
  const send = sender(where, client);
  return (script, key, values, call) =>
    within(call, Number.POSITIVE_INFINITY, undefined, async (inner) => {
      try {
        return await send.bySha1(script.sha1, key, values);
      } catch (error) {
        // A server that was restarted, or has failed over, knows no script; and has done nothing.
        if (!isNoScript(error)) throw error;
        const reason = refusal(inner);
        if (reason !== undefined) throw reason;
        return await send.byText(script.text, key, values);
      }
    });
}

interface Sender {
  bySha1(sha1: string, key: string, values: readonly string[]): Promise<unknown>;
  byText(text: string, key: string, values: readonly string[]): Promise<unknown>;
}

function sender(where: string, client: RedisClient): Sender {
  const given: Partial<Record<string, unknown>> = Object(client);
  if (typeof given["eval"] === "function" && !("createScript" in given)) {
    if (typeof given["evalSha"] === "function") return nodeRedis(client as NodeRedisClient);
    if (typeof given["evalsha"] === "function") return ioRedis(client as IoRedisClient);
  }
  throw new InvalidOptionError(
    where,
    "createScript" in given
      ? // It reads texts as JSON, so that a result would come back as another value than was stored.
        "@upstash/redis turns texts into values; connect to the same database by ioredis or node-redis"
      : "client must be an ioredis or node-redis client (with evalsha, or evalSha, and eval)",
  );
}

function nodeRedis(client: NodeRedisClient): Sender {
  return {
    bySha1: (sha1, key, values) => client.evalSha(sha1, { keys: [key], arguments: [...values] }),
    byText: (text, key, values) => client.eval(text, { keys: [key], arguments: [...values] }),
  };
}

function ioRedis(client: IoRedisClient): Sender {
  return {
    bySha1: (sha1, key, values) => client.evalsha(sha1, 1, key, ...values),
    byText: (text, key, values) => client.eval(text, 1, key, ...values),
  };
}

function isNoScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}
