import type { IoRedisClient, NodeRedisClient } from "holdfast/idempotency/redis";
import { scripts } from "../../src/idempotency/stores/redis/scripts.ts";

/** What a server does with a script: the reply, or an error. */
export type Serve = (script: string, key: string, values: readonly string[]) => unknown;

/** A client in ioredis's shape, and what was sent through it. `serve` sees the name of one of the store's scripts. */
export function ioredisOf(serve: Serve): IoRedisClient & { readonly sent: readonly string[][] } {
  const sent: string[][] = [];
  const nameOf = namesOfScripts();
  return {
    sent,
    async evalsha(sha1, keyCount, key = "", ...values) {
      sent.push(["evalsha", nameOf(sha1), String(keyCount), key, ...values]);
      return serve(nameOf(sha1), key, values);
    },
    async eval(text, keyCount, key = "", ...values) {
      sent.push(["eval", nameOf(text), String(keyCount), key, ...values]);
      return serve(nameOf(text), key, values);
    },
  };
}

/** The same in node-redis's shape. */
export function nodeRedisOf(serve: Serve): NodeRedisClient {
  const nameOf = namesOfScripts();
  return {
    evalSha: async (sha1, options) => serve(nameOf(sha1), options.keys[0] ?? "", options.arguments),
    eval: async (text, options) => serve(nameOf(text), options.keys[0] ?? "", options.arguments),
  };
}

function namesOfScripts(): (known: string) => string {
  const names = Object.entries(scripts()).flatMap(([name, { text, sha1 }]) => [
    [text, name] as const,
    [sha1, name] as const,
  ]);
  return (known) => new Map(names).get(known) ?? "unknown";
}

/**
 * What the four Lua scripts do, told again in TypeScript, so that the rest of the store can be tested where there is no
 * Redis. Whether the Lua does the same is what the contract under `npm run test:services` is for.
 */
export function redisDouble(): Serve {
  const hashes = new Map<string, Map<string, string>>();
  const all = (key: string) => [...(hashes.get(key) ?? [])].flat();
  const set = (key: string, pairs: readonly string[]): void => {
    const hash = hashes.get(key) ?? new Map<string, string>();
    for (let at = 0; at < pairs.length; at += 2) hash.set(pairs[at] ?? "", pairs[at + 1] ?? "");
    hashes.set(key, hash);
  };
  const dropSteps = (key: string): void => {
    const hash = hashes.get(key);
    for (const name of hash?.keys() ?? []) if (name.startsWith("step:")) hash?.delete(name);
  };
  const isSeen = (key: string, seen: readonly (string | undefined)[]): boolean =>
    ["state", "owner", "fence"].every((name, index) => hashes.get(key)?.get(name) === seen[index]);

  const does: Record<string, (key: string, values: readonly string[]) => unknown> = {
    claim(key, [ticket, v, owner, payload, now, lease, expiresAt, _ttl, first, takesAbandoned, replaces]) {
      const before = all(key);
      const old = hashes.get(key);
      const field = (name: string): string => old?.get(name) ?? "";
      const expired = Number(field("expiresAt")) <= Number(now);
      const mayTake =
        field("payload") === payload &&
        (field("state") === "RELEASED" ||
          (field("state") === "IN_PROGRESS" &&
            takesAbandoned === "1" &&
            Number(field("lease")) <= Number(now)));
      const may =
        old === undefined
          ? replaces === ""
          : old.has("v") &&
            Number(field("v")) <= Number(v) &&
            (replaces === "" ? !expired && mayTake : expired && field("fence") === replaces);
      if (!may) return [ticket, "refused", before];
      const fence = old === undefined ? first : String(Number(field("fence")) + 1);
      const record = { v, state: "IN_PROGRESS", owner, fence, lease, expiresAt, at: now, payload };
      set(
        key,
        Object.entries(record).flatMap(([name, value = ""]) => [name, value]),
      );
      hashes.get(key)?.delete("result");
      if (replaces !== "") dropSteps(key);
      return [ticket, "claimed", all(key), before];
    },
    change(key, [ticket, state, owner, fence, _ttl, dropsSteps, ...pairs]) {
      if (!isSeen(key, [state, owner, fence])) return [ticket, "refused", all(key)];
      const lease = pairs.indexOf("lease");
      if (lease >= 0 && Number(pairs[lease + 1]) < Number(hashes.get(key)?.get("lease"))) {
        return [ticket, "refused", all(key)];
      }
      set(key, pairs);
      if (dropsSteps === "1") dropSteps(key);
      const names = ["state", "owner", "fence", "lease", "expiresAt", "at"];
      const shown = names.map((name) => hashes.get(key)?.get(name) ?? null);
      const steps = pairs.filter((name, at) => at % 2 === 0 && name.startsWith("step:"));
      const bytes = steps.map((name) => String(Buffer.byteLength(hashes.get(key)?.get(name) ?? "")));
      return [ticket, "changed", [...shown, ...bytes]];
    },
    remove(key, [ticket, ...seen]) {
      if (!isSeen(key, seen)) return [ticket, "refused", all(key)];
      hashes.delete(key);
      return [ticket, "removed", all(key)];
    },
    read: (key, [ticket]) => [ticket, "read", all(key)],
  };
  return (script, key, values) => does[script]?.(key, values);
}
