/** What runs inside a run whose lease is kept up: its own limits count, when they come. */
import { type Call, rootCall, timeout, wrap } from "holdfast";
import { type IdempotentOptions, idempotent } from "holdfast/idempotency";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { beforeEach, expect, test } from "vitest";

let clock: ManualRuntime;
let store: MemoryStore;
beforeEach(() => {
  clock = manualRuntime();
  store = memoryStore();
});
const call = (): Call => rootCall({ runtime: clock });
const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(ms, resolve));

/** An effect under a key of its own, which takes ten seconds the first time; and a run of one second's lease round it. */
function nested(inner: Partial<IdempotentOptions<string>>) {
  const effects: number[] = [];
  const effect = wrap(async (run: number) => effects.push(run));
  let runs = 0;
  const step = idempotent(
    async (_: string, given) => {
      const run = ++runs;
      if (run === 1) await wait(10_000);
      await effect(run, given);
      return run;
    },
    { store, operation: "step", key: (id) => id, ...inner },
  );
  const round = idempotent((_: string, given) => step("shared", given), {
    store,
    operation: "round",
    key: (id) => id,
    leaseMs: 1_000,
  });
  return { effects, step, round };
}

test("an inner run whose own lease has ended starts nothing more, although the outer one is kept up", async () => {
  const { effects, step, round } = nested({ leaseMs: 1_500, heartbeatMs: false });
  const stale = expect(round("a", call())).rejects.toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST" });
  await clock.advance(1_501);
  expect(await step("shared", call())).toBe(2);
  await clock.advance(10_000);
  await stale;
  expect(effects).toEqual([2]);
});

test("an inner run is kept up as long as the outer one, however short that one's lease was when it began", async () => {
  const { effects, step, round } = nested({});
  const running = round("a", call());
  await clock.advance(8_000);
  await expect(step("shared", call())).rejects.toMatchObject({ code: "IDEMPOTENCY_IN_PROGRESS" });
  expect(await clock.run(running)).toBe(1);
  expect(effects).toEqual([1]);
});

test("a timeout longer than the lease had left fires in its own time, although the lease is kept up", async () => {
  const hangs = wrap((_: string) => new Promise<never>(() => {}), timeout({ ms: 1_500 }));
  const charge = idempotent((id: string, given) => hangs(id, given), {
    store,
    operation: "charge",
    key: (id) => id,
    leaseMs: 1_000,
  });
  const outcome = charge("a", call()).catch((error) => [error.code, clock.now()]);
  const startMs = clock.now();
  await clock.advance(1_500);
  expect(await Promise.race([outcome, "still waiting"])).toEqual(["TIMEOUT", startMs + 1_500]);
});

test("a signal that was read beneath a timeout aborts with the timeout, not with the lease's first term", async () => {
  const startMs = clock.now();
  const aborted: number[] = [];
  const hangs = wrap(
    (_: string, given) => {
      given.signal.addEventListener("abort", () => aborted.push(clock.now() - startMs));
      return new Promise<never>(() => {});
    },
    timeout({ ms: 61_000 }),
  );
  const charge = idempotent((id: string, given) => hangs(id, given), {
    store,
    operation: "charge",
    key: (id) => id,
    leaseMs: 3_000,
  });
  await expect(clock.run(charge("a", call()))).rejects.toMatchObject({ code: "TIMEOUT" });
  expect(aborted).toEqual([61_000]);
  expect(clock.pendingTimers).toBe(0);
});

test("the deadline that a call beneath shows is the tightest at any time", async () => {
  const seen: number[] = [];
  const startMs = clock.now();
  const look = wrap(
    async (_: string, given: Call) => {
      for (let turn = 0; turn < 4; turn += 1) {
        seen.push(given.deadlineMs - startMs);
        await wait(1_500);
      }
    },
    timeout({ ms: 5_800 }),
  );
  const charge = idempotent((id: string, given) => look(id, given), {
    store,
    operation: "charge",
    key: (id) => id,
    leaseMs: 3_000,
  });
  await clock.run(charge("a", call())).catch(() => {});
  expect(seen).toEqual([3_000, 4_000, 5_000, 5_800]);
});

test("under a deadline neither run takes a heartbeat: both leases last as long as the call may", async () => {
  const timers: number[] = [];
  const inner = idempotent(
    async (_: string) => {
      timers.push(clock.pendingTimers);
    },
    { store, operation: "inner", key: (id: string) => id },
  );
  const outer = idempotent(inner, { store, operation: "outer", key: (id: string) => id });
  await outer("a", rootCall({ runtime: clock, timeoutMs: 5_000 }));
  expect(timers).toEqual([0]);
});
