import { rootCall } from "holdfast";
import type { ClaimRequest, IdempotencyStore } from "holdfast/idempotency";
import { redisStore } from "holdfast/idempotency/redis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Connection, drivers, ioredis } from "./drivers.ts";
import { startServer, type TestServer } from "./server.ts";

const call = rootCall();
const nowMs = Date.now();
const PARALLEL = 50;

function ask(id: string, owner: string, changes: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    id,
    owner,
    payloadHash: "-",
    version: 1,
    nowMs,
    leaseUntilMs: nowMs + 10_000,
    expiresAtMs: nowMs + 3_600_000,
    takesAbandoned: true,
    ...changes,
  };
}

/** Several connections of every driver, at one server. */
describe("races over several connections", () => {
  let server: TestServer;
  let admin: ReturnType<typeof ioredis>;
  const connections: Connection[] = [];
  let stores: readonly IdempotencyStore[] = [];

  beforeAll(async () => {
    server = await startServer();
    admin = ioredis(server.port);
    for (const driver of drivers.filter(({ cluster }) => !cluster)) {
      for (let n = 0; n < 2; n += 1) connections.push(await driver.connect(server.port));
    }
    stores = connections.map(({ client }) => redisStore({ client }));
  });
  afterAll(async () => {
    for (const connection of connections) connection.close();
    admin?.close();
    await server?.stop();
  });

  const storeOf = (n: number): IdempotencyStore => stores[n % stores.length] as IdempotencyStore;
  const atOnce = <T>(work: (store: IdempotencyStore, owner: string) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: PARALLEL }, (_, n) => work(storeOf(n), `owner-${n}`)));

  test("of 50 claims of one key at once one is granted, and the others are shown it: 20 keys", async () => {
    for (let key = 0; key < 20; key += 1) {
      const answers = await atOnce(async (store, owner) => ({
        owner,
        answer: await store.claim(ask(`claims-${key}`, owner), call),
      }));
      const [granted, ...more] = answers.filter(({ answer }) => answer.claimed);
      expect(more).toEqual([]);
      const shown = answers.map(({ answer }) => (answer.claimed ? undefined : answer.found?.owner));
      expect(shown.filter((owner) => owner === granted?.owner).length).toBe(PARALLEL - 1);
    }
  });

  test("of 50 takeovers at once one is granted, generation after generation, each under the next fence", async () => {
    await storeOf(0).claim(ask("generations", "first"), call);
    for (let generation = 1; generation <= 20; generation += 1) {
      const changes = {
        nowMs: nowMs + generation * 10_000,
        leaseUntilMs: nowMs + (generation + 1) * 10_000,
      };
      const answers = await atOnce((store, owner) =>
        store.claim(ask("generations", `${generation}-${owner}`, changes), call),
      );
      const fences = answers.flatMap((answer) => (answer.claimed ? [answer.fence] : []));
      expect(fences).toEqual([nowMs + 1 + generation]);
    }
  });

  test("a heartbeat and a takeover at once: one of the two, never both", async () => {
    const won = { beat: 0, takeover: 0 };
    for (let key = 0; key < 50; key += 1) {
      const id = `beats-${key}`;
      const lease = { id, owner: "a", fence: nowMs + 1 };
      await storeOf(0).claim(ask(id, "a"), call);
      const beat = () => storeOf(key).write(lease, { leaseUntilMs: nowMs + 30_000 }, call);
      const takeover = () => storeOf(key + 3).claim(ask(id, "b", { nowMs: nowMs + 10_000 }), call);
      const [first, second] = key % 2 === 0 ? [beat(), takeover()] : [takeover(), beat()];
      const answers = await Promise.all([first, second]);
      const beats = answers.filter((answer) => "written" in answer && answer.written).length;
      const takeovers = answers.filter((answer) => "claimed" in answer && answer.claimed).length;
      expect(beats + takeovers).toBe(1);
      won.beat += beats;
      won.takeover += takeovers;
    }
    expect(won.beat + won.takeover).toBe(50);
  });

  test("a completion, a takeover and a settling at once: one of the three", async () => {
    for (let key = 0; key < 50; key += 1) {
      const id = `ends-${key}`;
      const lease = { id, owner: "a", fence: nowMs + 1 };
      await storeOf(0).claim(ask(id, "a"), call);
      const [written, claimed, settled] = await Promise.all([
        storeOf(key).write(lease, { state: "COMPLETED", result: "1", atMs: nowMs }, call),
        storeOf(key + 1).claim(ask(id, "b", { nowMs: nowMs + 10_000 }), call),
        storeOf(key + 2).settle(
          { ...lease, state: "IN_PROGRESS" },
          { state: "UNKNOWN", owner: "c", atMs: nowMs },
          call,
        ),
      ]);
      expect([written.written, claimed.claimed, settled.written].filter(Boolean).length).toBe(1);
    }
  });

  test("scripts that are flushed in between are sent again, and each key is granted once", async () => {
    let working = true;
    const flushing = (async () => {
      let flushes = 0;
      for (; working; flushes += 1) await admin.client.script("FLUSH");
      return flushes;
    })();
    for (let key = 0; key < 40; key += 1) {
      const answers = await atOnce((store, owner) => store.claim(ask(`flushed-${key}`, owner), call));
      expect(answers.filter((answer) => answer.claimed).length).toBe(1);
    }
    working = false;
    expect(await flushing).toBeGreaterThan(40);
  });
});
