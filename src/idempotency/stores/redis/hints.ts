import { hasCode } from "../../../core/errors.ts";
import { NOT_OUR_REPLY } from "./replies.ts";

/**
 * What errors of Redis and of its clients begin with or hold, and what to do about them.
 * Source: Redis documentation, "Redis serialization protocol specification" (simple errors begin with their kind).
 */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/NOAUTH|WRONGPASS/, "Does the client have the right user name and password?"],
  [
    /NOPERM|ACL failure|can't run this command/,
    "May the user run EVALSHA, EVAL and the commands of hashes on these keys (ACL)?",
  ],
  [/READONLY/, "The client is connected to a replica: give it the primary's endpoint."],
  [
    /CROSSSLOT|MOVED|CLUSTERDOWN|refresh slots cache/,
    "A cluster wants a cluster client (Redis.Cluster of ioredis, createCluster of node-redis); a record is one key.",
  ],
  [
    /^OOM/,
    "Redis is full and refuses, as it should: give it more memory, and leave maxmemory-policy at noeviction.",
  ],
  [/WRONGTYPE/, "The key is used by something else: set another keyPrefix."],
  [/^(LOADING|BUSY|MASTERDOWN|TRYAGAIN)/, "The server is busy, or still starting: deliver the event again."],
  [/^MISCONF/, "Redis cannot save its data, and refuses writes: look at its log and its disk."],
  [
    /NOSCRIPT|unknown command/i,
    "The server, or a proxy before it, does not run Lua scripts (EVALSHA, EVAL): the store needs them.",
  ],
  [
    /client is closed|enableOfflineQueue|Connection is closed/i,
    "Is the client connected? node-redis wants await client.connect() first.",
  ],
  [
    /ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|max retries per request|Socket closed/i,
    "Is the server's address right, does it run, and may this function reach it (network, security group, TLS)?",
  ],
];

export function hint(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (hasCode(error, NOT_OUR_REPLY)) return error.message;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const told = [error.message, code, error.name];
  return HINTS.find(([pattern]) => told.some((text) => pattern.test(text)))?.[1];
}
