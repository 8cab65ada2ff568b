import { rootCall } from "holdfast";
import { type ClaimRequest, idempotent } from "holdfast/idempotency";
import { redisStore } from "holdfast/idempotency/redis";
import { manualRuntime } from "holdfast/testing";
import type { Redis } from "ioredis";
import { afterEach, describe, expect, test } from "vitest";
import { type IoRedisOptions, ioredis } from "./drivers.ts";
import { startServer } from "./server.ts";

const toStop: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of toStop.splice(0).reverse()) await stop();
});

const call = rootCall();
const nowMs = Date.now();
const request: ClaimRequest = {
  id: "1",
  owner: "a",
  payloadHash: "-",
  version: 1,
  nowMs,
  leaseUntilMs: nowMs + 10_000,
  expiresAtMs: nowMs + 60_000,
  takesAbandoned: true,
};
const lease = { id: "1", owner: "a", fence: nowMs + 1 };

async function setUp(serverOptions: readonly string[] = [], options: IoRedisOptions = {}) {
  const server = await startServer(serverOptions);
  toStop.push(() => server.stop());
  const connect = (of: IoRedisOptions): Redis => {
    const { client, close } = ioredis(server.port, of);
    toStop.push(close);
    return client;
  };
  const client = connect(options);
  return { client, connect, store: redisStore({ client }) };
}

/** What a function's caller reads when its claim fails. */
async function messageOf(store: ReturnType<typeof redisStore>): Promise<string> {
  let runs = 0;
  const handle = idempotent(async () => ++runs, {
    store,
    operation: "op",
    key: (id: string) => id,
  });
  const error: unknown = await handle("message", call).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "IDEMPOTENCY_STORE" });
  expect(runs).toBe(0);
  return error instanceof Error ? error.message : "";
}

describe("usual set-up mistakes: nothing runs, and the error says what to look at", () => {
  test("no password", async () => {
    const { store } = await setUp(["--requirepass", "secret"]);
    expect(await messageOf(store)).toContain("password");
  });

  test("a user who may not run scripts", async () => {
    const { client, connect } = await setUp();
    await client.call("ACL", "SETUSER", "reader", "on", "nopass", "~*", "+@read", "+@connection");
    const reader = connect({ username: "reader", password: "any" });
    expect(await messageOf(redisStore({ client: reader }))).toContain("(ACL)");
  });

  test("a server whose scripts were taken away", async () => {
    const { store } = await setUp(["--rename-command", "EVALSHA", ""]);
    expect(await messageOf(store)).toContain("does not run Lua scripts");
  });

  test("a replica", async () => {
    const { client, store } = await setUp();
    await client.call("REPLICAOF", "127.0.0.1", "1");
    expect(await messageOf(store)).toContain("primary");
  });

  test("no server", async () => {
    const { client, close } = ioredis(1, { maxRetriesPerRequest: 0 });
    toStop.push(close);
    expect(await messageOf(redisStore({ client }))).toContain("address");
  });

  test("a key that is something else", async () => {
    const { client, store } = await setUp();
    await client.set("holdfast:1", "text");
    const error: unknown = await store.claim(request, call).catch((thrown: unknown) => thrown);
    expect(store.hint(error)).toContain("keyPrefix");
    expect(await client.get("holdfast:1")).toBe("text");
  });

  test("a key that is another hash", async () => {
    const { client, store } = await setUp();
    await client.hset("holdfast:1", { name: "Ada" });
    await expect(store.claim(request, call)).rejects.toThrow("not an idempotency record");
    expect(await client.hgetall("holdfast:1")).toEqual({ name: "Ada" });
  });
});

describe("scripts that cannot go on", () => {
  test("a full server refuses a claim and a completion, and changes nothing", async () => {
    const { client, store } = await setUp();
    await store.claim(request, call);
    const before = await client.hgetall("holdfast:1");
    await client.config("SET", "maxmemory", "1");
    expect(await messageOf(store)).toContain("noeviction");
    await expect(store.write(lease, { state: "COMPLETED" }, call)).rejects.toThrow("OOM");
    const taken = { ...request, owner: "b", nowMs: nowMs + 10_000 };
    await expect(store.claim(taken, call)).rejects.toThrow("OOM");
    expect(await client.hgetall("holdfast:1")).toEqual(before);
  });

  test("a claim that is cut short after its write is an error, and its run's own on the next try", async () => {
    const { client, connect } = await setUp();
    await client.call("ACL", "SETUSER", "half", "on", "nopass", "~*", "+@all", "-pexpire");
    const store = redisStore({ client: connect({ username: "half", password: "any" }) });
    const error: unknown = await store.claim(request, call).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(store.hint(error)).toContain("(ACL)");
    expect(await store.claim(request, call)).toMatchObject({
      claimed: false,
      found: { state: "IN_PROGRESS", owner: "a", fence: nowMs + 1 },
    });
  });
});

describe("what stands in Redis", () => {
  test("fences are counted exactly up to 2^53, where Lua's own format keeps 14 digits", async () => {
    const { client, store } = await setUp();
    const fence = 2 ** 53 - 2;
    await store.claim(request, call);
    await client.hset("holdfast:1", { state: "RELEASED", fence: String(fence) });
    expect(await store.claim({ ...request, owner: "b" }, call)).toMatchObject({
      claimed: true,
      fence: fence + 1,
    });
    expect(await client.hget("holdfast:1", "fence")).toBe("9007199254740991");
  });

  test("times a millisecond apart are told apart, near 2^53 as well", async () => {
    const { store } = await setUp();
    const leaseUntilMs = 2 ** 53 - 10;
    const far = { ...request, nowMs: leaseUntilMs - 10, leaseUntilMs, expiresAtMs: 2 ** 53 - 1 };
    await store.claim(far, call);
    const next = { ...far, owner: "b", leaseUntilMs: leaseUntilMs + 5 };
    expect(await store.claim({ ...next, nowMs: leaseUntilMs - 1 }, call)).toMatchObject({ claimed: false });
    expect(await store.claim({ ...next, nowMs: leaseUntilMs }, call)).toMatchObject({ claimed: true });
  });

  test("a record lives for what is left of it and an hour, whatever Redis's clock says", async () => {
    const { client, store } = await setUp();
    const inThePast = { ...request, nowMs: 1_000, leaseUntilMs: 11_000, expiresAtMs: 61_000 };
    await store.claim(inThePast, call);
    const livesMs = await client.pttl("holdfast:1");
    expect(livesMs).toBeGreaterThan(3_600_000);
    expect(livesMs).toBeLessThanOrEqual(3_660_000);
  });

  test("a change that says nothing of the expiry leaves it, one that does sets it, a takeover sets it anew", async () => {
    const { client, store } = await setUp();
    const clocked = rootCall({ runtime: manualRuntime({ startMs: nowMs }) });
    const minutesLess = async (expectedMs: number): Promise<number> =>
      Math.floor((expectedMs - (await client.pttl("holdfast:1"))) / 60_000);
    await store.claim(request, clocked);
    await store.write(lease, { leaseUntilMs: nowMs + 20_000 }, clocked);
    expect(await minutesLess(3_660_000)).toBe(0);
    await store.write(lease, { state: "RELEASED", expiresAtMs: nowMs + 600_000 }, clocked);
    expect(await minutesLess(4_200_000)).toBe(0);
    await store.claim({ ...request, owner: "b" }, clocked);
    expect(await minutesLess(3_660_000)).toBe(0);
  });

  test("a replacement of a record that is gone is refused, shows none, and writes none", async () => {
    const { client, store } = await setUp();
    const replacement = { ...request, replacesFence: nowMs + 1 };
    expect(await store.claim(replacement, call)).toEqual({ claimed: false, found: undefined });
    expect(await client.keys("*")).toEqual([]);
  });

  test("a record is one hash, behind the prefix, and nothing else is written", async () => {
    const { client, store } = await setUp();
    await store.claim(request, call);
    await store.write(lease, { state: "COMPLETED", result: "{}", atMs: nowMs + 1 }, call);
    expect(await client.keys("*")).toEqual(["holdfast:1"]);
    expect(await client.hgetall("holdfast:1")).toEqual({
      v: "1",
      state: "COMPLETED",
      owner: "a",
      fence: String(nowMs + 1),
      lease: String(nowMs + 10_000),
      expiresAt: String(nowMs + 60_000),
      at: String(nowMs + 1),
      payload: "-",
      result: "{}",
    });
  });
});
