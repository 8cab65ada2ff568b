import { rootCall } from "holdfast";
import { type IdempotencyRecord, idempotent } from "holdfast/idempotency";
import { postgresStore } from "holdfast/idempotency/postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realPool, startTestPostgres, type TestPostgres } from "../../support/postgres.ts";

const nowMs = 1_800_000_000_000;
const call = rootCall();
const ask = (owner: string, changes: { readonly nowMs?: number; readonly replacesFence?: number } = {}) => ({
  id: "op#key",
  owner,
  payloadHash: "payload",
  version: 1,
  leaseUntilMs: (changes.nowMs ?? nowMs) + 10_000,
  expiresAtMs: (changes.nowMs ?? nowMs) + 3_600_000,
  takesAbandoned: true,
  nowMs,
  ...changes,
});
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

/** What connections that are truly at once can see of each other. */
describe("claims at once, on a real PostgreSQL", () => {
  let postgres: TestPostgres;
  const pool = realPool({ max: 50 });
  beforeAll(async () => {
    postgres = await startTestPostgres();
    // Connected beforehand, so that they do begin at once.
    const clients = await Promise.all(numbers(50).map(() => pool.connect()));
    for (const client of clients) client.release();
  });
  afterAll(async () => {
    await postgres.stop();
    await pool.end();
  });
  const newStore = async () => postgresStore({ pool, table: await postgres.newTable() });

  test("of 50 claims of a new key one is granted, and the others are shown that one or nothing", async () => {
    const store = await newStore();
    for (const round of numbers(20)) {
      const id = `op#${round}`;
      const answers = await Promise.all(
        numbers(50).map(async (n) => ({ n, answer: await store.claim({ ...ask(`${n}`), id }, call) })),
      );
      const granted = answers.filter(({ answer }) => answer.claimed);
      expect(granted).toHaveLength(1);
      for (const { answer } of answers) {
        if (answer.claimed || answer.found === undefined) continue;
        expect([answer.found.owner, answer.found.fence]).toEqual([String(granted[0]?.n), nowMs + 1]);
      }
      const again = await store.claim({ ...ask("late"), id }, call);
      expect(!again.claimed && again.found?.owner).toBe(String(granted[0]?.n));
    }
  });

  test("of 50 takeovers one is granted, under the next fence, and tells whom it took the key from", async () => {
    const store = await newStore();
    await store.claim(ask("first"), call);
    let former = "first";
    for (const round of numbers(20)) {
      const at = { nowMs: nowMs + 10_000 * (round + 1) };
      const answers = await Promise.all(
        numbers(50).map(async (n) => {
          const owner = `${round}.${n}`;
          return { owner, answer: await store.claim(ask(owner, at), call) };
        }),
      );
      const granted = answers.filter(({ answer }) => answer.claimed);
      expect(granted).toHaveLength(1);
      const [won] = granted;
      expect(won?.answer).toMatchObject({
        fence: nowMs + 2 + round,
        took: { owner: former, fence: nowMs + 1 + round },
      });
      former = won?.owner ?? "";
      // Nobody is shown the record that was there to be taken: it stood in nobody's way.
      for (const { answer } of answers) {
        if (!answer.claimed) expect([undefined, former]).toContain(answer.found?.owner);
      }
    }
  });

  test("of 50 replacements of an expired record one is granted", async () => {
    const store = await newStore();
    await store.claim(ask("old"), call);
    const late = { nowMs: nowMs + 3_600_000, replacesFence: nowMs + 1 };
    const answers = await Promise.all(numbers(50).map((n) => store.claim(ask(`${n}`, late), call)));
    expect(answers.filter((answer) => answer.claimed)).toHaveLength(1);
    // Who waited for the winner is shown the winner's record, not the one of its own snapshot.
    for (const answer of answers) if (!answer.claimed) expect(answer.found?.fence).toBe(nowMs + 2);
  });

  test("while runs take and release a key, nobody is refused by a record that it could have taken", async () => {
    const store = await newStore();
    const held = new Set<string>();
    const shown: IdempotencyRecord[] = [];
    let granted = 0;
    await Promise.all(
      numbers(20).map(async (worker) => {
        for (const round of numbers(40)) {
          const owner = `${worker}.${round}`;
          const answer = await store.claim(ask(owner), call);
          if (!answer.claimed) {
            if (answer.found !== undefined) shown.push(answer.found);
            continue;
          }
          granted++;
          // What was taken is what stood there last, not what stood there when the claim began to wait.
          const { fence, took } = answer;
          if (took !== undefined) expect([took.state, took.fence]).toEqual(["RELEASED", fence - 1]);
          held.add(owner);
          expect(held.size).toBe(1);
          held.delete(owner);
          const lease = { id: "op#key", owner, fence: answer.fence };
          expect((await store.write(lease, { state: "RELEASED", atMs: nowMs }, call)).written).toBe(true);
        }
      }),
    );
    expect(granted).toBeGreaterThan(20);
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.filter(({ state }) => state !== "IN_PROGRESS")).toEqual([]);
  });

  /** Another session that makes a record in a transaction, while a claim of that key waits for it. */
  async function claimBehind(state: string) {
    const table = await postgres.newTable();
    const store = postgresStore({ pool, table });
    const other = await pool.connect();
    await other.query("BEGIN");
    await other.query(
      `INSERT INTO ${table} VALUES ('op#key', 1, '${state}', 'other', ${nowMs + 500}, ${nowMs + 10_000}, ${nowMs + 60_000},
        0, 'payload', NULL, '{"charge":"done"}')`,
    );
    const claim = store.claim(ask("a"), call);
    const waiting = `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%${table}%ON CONFLICT%'`;
    await expect.poll(() => postgres.rows(waiting)).toHaveLength(1);
    await other.query("COMMIT");
    other.release();
    return { answer: await claim, store };
  }

  test("a record that was made after a claim began refuses it unseen, and is shown to the next", async () => {
    const { answer, store } = await claimBehind("IN_PROGRESS");
    expect(answer).toEqual({ claimed: false, found: undefined });
    expect(await store.claim(ask("a"), call)).toMatchObject({ claimed: false, found: { owner: "other" } });
  });

  test("a record that was made and released after a claim began is left to the next, which is shown its steps", async () => {
    const { answer, store } = await claimBehind("RELEASED");
    // Taken now, it would be taken unseen, and its run would do again what the steps say was done.
    expect(answer).toEqual({ claimed: false, found: undefined });
    expect(await store.claim(ask("a"), call)).toMatchObject({
      claimed: true,
      fence: nowMs + 501,
      took: { owner: "other", steps: { charge: "done" } },
    });
  });

  test("of steps that 50 connections write at once, beside heartbeats, none is lost", async () => {
    const store = await newStore();
    const answer = await store.claim(ask("a"), call);
    const lease = { id: "op#key", owner: "a", fence: answer.claimed ? answer.fence : 0 };
    for (const round of numbers(5)) {
      const writes = numbers(50).map((n) =>
        n % 5 === 0
          ? store.write(lease, { leaseUntilMs: nowMs + 20_000 }, call)
          : store.write(lease, { steps: { [`${round}.${n}`]: `${n}` } }, call),
      );
      for (const { written } of await Promise.all(writes)) expect(written).toBe(true);
    }
    expect(Object.keys((await store.read("op#key", call))?.steps ?? {})).toHaveLength(5 * 40);
  });

  test("a completion that waited behind its own first send is shown that completion, not what it saw before", async () => {
    const store = await newStore();
    for (const round of numbers(20)) {
      const id = `op#${round}`;
      await store.claim({ ...ask("a"), id }, call);
      const change = { state: "COMPLETED", result: "1", atMs: nowMs, expiresAtMs: nowMs + 60_000 } as const;
      const answers = await Promise.all(
        numbers(10).map(() => store.write({ id, owner: "a", fence: nowMs + 1 }, change, call)),
      );
      expect(answers.filter((answer) => answer.written)).toHaveLength(1);
      for (const answer of answers) if (!answer.written) expect(answer.found?.state).toBe("COMPLETED");
    }
  });

  test("a repeat of a key does not wait for the transaction that is completing it", async () => {
    const store = await newStore();
    const answer = await store.claim(ask("a"), call);
    const lease = { id: "op#key", owner: "a", fence: answer.claimed ? answer.fence : 0 };
    const change = { state: "COMPLETED", atMs: nowMs, expiresAtMs: nowMs + 60_000 } as const;
    const slow = store.transact([{ text: "SELECT pg_sleep(0.5)" }], { lease, change }, call);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const began = performance.now();
    const repeat = await store.claim(ask("b"), call);
    expect(performance.now() - began).toBeLessThan(300);
    expect(!repeat.claimed && repeat.found?.state).toBe("IN_PROGRESS");
    expect((await slow).written).toBe(true);
  });

  test("of 30 deliveries at once one runs, and all are given its result", async () => {
    const store = await newStore();
    let runs = 0;
    const handle = idempotent(async (_: { id: string }) => ++runs, {
      store,
      operation: "op",
      key: (input) => input.id,
      inFlight: "wait",
    });
    const results = await Promise.all(
      numbers(30).map(() => handle({ id: "1" }, rootCall({ timeoutMs: 20_000 }))),
    );
    expect(results).toEqual(numbers(30).map(() => 1));
    expect(runs).toBe(1);
  });
});
