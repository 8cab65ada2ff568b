import { redisStore } from "holdfast/idempotency/redis";
import { expect, test } from "vitest";
import { ioredisOf, redisDouble } from "../../support/redis-double.ts";

const { hint } = redisStore({ client: ioredisOf(redisDouble()) });

/** As Redis 7 and the drivers word them; `test/services/redis` meets most of them for real. */
test.each([
  ["NOAUTH Authentication required.", "password"],
  ["WRONGPASS invalid username-password pair or user is disabled.", "password"],
  ["NOPERM User app has no permissions to run the 'evalsha' command", "ACL"],
  ["READONLY You can't write against a read only replica.", "primary"],
  ["READONLY You can't write against a read only replica. script: 3f1c, on @user_script:27.", "primary"],
  ["CROSSSLOT Keys in request don't hash to the same slot", "cluster"],
  ["MOVED 3999 127.0.0.1:6381", "cluster"],
  ["OOM command not allowed when used memory > 'maxmemory'. script: 3f1c, on @user_script:27.", "noeviction"],
  ["WRONGTYPE Operation against a key holding the wrong kind of value", "keyPrefix"],
  ["LOADING Redis is loading the dataset in memory", "still starting"],
  [
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
    "disk",
  ],
  ["ERR unknown command 'evalsha', with args beginning with: ", "Lua"],
  ["NOSCRIPT No matching script. Please use EVAL.", "Lua"],
  ["The client is closed", "client.connect()"],
  ["Stream isn't writeable and enableOfflineQueue options is false", "connected"],
  ["connect ECONNREFUSED 127.0.0.1:6379", "address"],
  ["Reached the max retries per request limit (which is 20).", "address"],
])("%s: says what to look at", (message, word) => {
  expect(hint(new Error(message))).toContain(word);
});

test("an error that is known by its code alone says it too", () => {
  expect(hint(Object.assign(new AggregateError([]), { code: "ECONNREFUSED" }))).toContain("address");
});

test("there is no hint for what is not known", () => {
  expect(hint(new Error("ERR value is not an integer or out of range"))).toBeUndefined();
  expect(hint("OOM")).toBeUndefined();
});
