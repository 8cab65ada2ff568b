import { rootCall } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { redisStore } from "holdfast/idempotency/redis";
import { afterEach, describe, expect, test } from "vitest";
import { scripts } from "../../../src/idempotency/stores/redis/scripts.ts";
import { type LosingProxy, startLosingProxy } from "../losing-proxy.ts";
import { drivers, ioredis } from "./drivers.ts";
import { startServer, type TestServer } from "./server.ts";

const { claim, change } = scripts();
const toStop: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of toStop.splice(0).reverse()) await stop();
});

async function startedServer(options?: readonly string[]): Promise<TestServer> {
  const server = await startServer(options);
  toStop.push(() => server.stop());
  return server;
}

async function startedProxy(server: TestServer): Promise<LosingProxy> {
  const proxy = await startLosingProxy(server.port);
  toStop.push(() => proxy.stop());
  return proxy;
}

async function clientOf(name: string, port: number) {
  const connection = await drivers.find((driver) => driver.name === name)?.connect(port);
  if (connection === undefined) throw new Error(`no driver is called ${name}`);
  toStop.push(() => connection.close());
  return connection.client;
}

/** Counts its effects, which are not idempotent by themselves. */
function counting(store: ReturnType<typeof redisStore>, leaseMs = 20_000) {
  const effects: string[] = [];
  const handle = idempotent(
    async (id: string) => {
      effects.push(id);
      return `done ${id}`;
    },
    { store, operation: "op", key: (id) => id },
  );
  return { effects, handle: (id: string) => handle(id, rootCall({ timeoutMs: leaseMs })) };
}

/** Makes the server know the scripts, so that what is lost is the reply to a script that ran. */
async function warm(handle: (id: string) => Promise<unknown>): Promise<void> {
  await handle("warm");
}

describe("lost replies", () => {
  test.each([
    ["the claim", claim.sha1, 2, 1],
    ["the completion", change.sha1, 1, 2],
  ])(
    "ioredis sends again what lost its reply: %s is known as the run's own",
    async (_, script, claims, changes) => {
      const proxy = await startedProxy(await startedServer());
      const { effects, handle } = counting(redisStore({ client: await clientOf("ioredis", proxy.port) }));
      await warm(handle);
      const before = { claims: proxy.seen(claim.sha1), changes: proxy.seen(change.sha1) };
      proxy.loseReplyTo(script);
      expect(await handle("1")).toBe("done 1");
      expect(proxy.seen(claim.sha1) - before.claims).toBe(claims);
      expect(proxy.seen(change.sha1) - before.changes).toBe(changes);
      expect(await handle("1")).toBe("done 1");
      expect(effects).toEqual(["warm", "1"]);
    },
  );

  test("node-redis rejects what lost its reply: a claim is an error, and the key stays held", async () => {
    const proxy = await startedProxy(await startedServer());
    const { effects, handle } = counting(redisStore({ client: await clientOf("node-redis", proxy.port) }));
    await warm(handle);
    proxy.loseReplyTo(claim.sha1);
    await expect(handle("1")).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE", retryable: true });
    await expect(handle("1")).rejects.toMatchObject({ code: "IDEMPOTENCY_IN_PROGRESS" });
    expect(effects).toEqual(["warm"]);
  });

  test("node-redis rejects what lost its reply: a completion is an error, and the repeat finds it done", async () => {
    const proxy = await startedProxy(await startedServer());
    const { effects, handle } = counting(redisStore({ client: await clientOf("node-redis", proxy.port) }));
    await warm(handle);
    proxy.loseReplyTo(change.sha1);
    await expect(handle("1")).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE" });
    expect(await handle("1")).toBe("done 1");
    expect(effects).toEqual(["warm", "1"]);
  });
});

describe("connections that are killed all the time", () => {
  const KEYS = 60;
  const DELIVERIES = 3;
  const WORKERS = 4;

  /** Four workers; whenever one is done with a delivery, all connections are killed, in the middle of the others' work. */
  async function underKills(deliver: (id: string, worker: number) => Promise<unknown>, server: TestServer) {
    const admin = ioredis(server.port);
    toStop.push(admin.close);
    let killed = 0;
    async function work(worker: number): Promise<void> {
      for (let n = worker; n < KEYS * DELIVERIES; n += WORKERS) {
        await deliver(`${n % KEYS}`, worker);
        killed += Number(await admin.client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"));
      }
    }
    await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
    return killed;
  }

  test("60 keys delivered three times have 60 effects", async () => {
    const server = await startedServer();
    const workers = Array.from({ length: WORKERS }, () => {
      const { client, close } = ioredis(server.port, { maxRetriesPerRequest: null, retryStrategy: () => 1 });
      toStop.push(close);
      return counting(redisStore({ client }));
    });
    const killed = await underKills(async (id, worker) => {
      expect(await workers[worker]?.handle(id)).toBe(`done ${id}`);
    }, server);
    expect(killed).toBeGreaterThan(10);
    const effects = workers.flatMap((worker) => worker.effects);
    expect(effects.length).toBe(KEYS);
    expect(new Set(effects).size).toBe(KEYS);
  });

  test("and without the policy 180: the control", async () => {
    const effects: string[] = [];
    await underKills(async (id) => void effects.push(id), await startedServer());
    expect(effects.length).toBe(KEYS * DELIVERIES);
  });
});

describe("a server that was restarted and knows nothing", () => {
  test("refuses the completion of a run that it has forgotten, and does not make up a record", async () => {
    const server = await startedServer();
    const store = redisStore({ client: await clientOf("ioredis", server.port) });
    const handle = idempotent(async (_: string) => server.restart(), {
      store,
      operation: "op",
      key: (id: string) => id,
    });
    await expect(handle("1", rootCall({ timeoutMs: 20_000 }))).rejects.toMatchObject({
      code: "IDEMPOTENCY_LEASE_LOST",
    });
  });

  test("takes every key for new, which is what the store's documentation warns of; fences still rise", async () => {
    const server = await startedServer();
    const store = redisStore({ client: await clientOf("node-redis", server.port) });
    const { effects, handle } = counting(store);
    await handle("1");
    await server.restart();
    await handle("1");
    expect(effects).toEqual(["1", "1"]);

    const request = {
      id: "fences",
      payloadHash: "-",
      version: 1,
      expiresAtMs: Date.now() + 60_000,
      takesAbandoned: true,
    };
    const fenceAt = async (owner: string, nowMs: number) => {
      const answer = await store.claim(
        { ...request, owner, nowMs, leaseUntilMs: nowMs + 10_000 },
        rootCall(),
      );
      return answer.claimed ? answer.fence : undefined;
    };
    const first = (await fenceAt("a", 1_800_000_000_000)) ?? 0;
    await server.restart();
    expect(await fenceAt("b", 1_800_000_000_005)).toBeGreaterThan(first);
  });
});

describe("a server that does not answer", () => {
  test.each(["ioredis", "node-redis"])(
    "through %s: the claim ends with its call, and may still be made afterwards",
    async (name) => {
      const server = await startedServer();
      const store = redisStore({ client: await clientOf(name, server.port) });
      await warm(counting(store).handle);
      const admin = ioredis(server.port);
      toStop.push(admin.close);
      await admin.client.call("CLIENT", "PAUSE", "60000", "WRITE");
      const nowMs = Date.now();
      const request = { id: "1", owner: "a", payloadHash: "-", version: 1, nowMs, takesAbandoned: true };
      const claimed = store.claim(
        { ...request, leaseUntilMs: nowMs + 1_000, expiresAtMs: nowMs + 60_000 },
        rootCall({ timeoutMs: 100 }),
      );
      await expect(claimed).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
      await admin.client.call("CLIENT", "UNPAUSE");
      expect(await store.read("1", rootCall())).toMatchObject({ state: "IN_PROGRESS", owner: "a" });
    },
  );
});
