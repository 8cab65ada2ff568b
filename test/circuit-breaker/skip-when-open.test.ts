import { getEventListeners } from "node:events";
import { type Call, type Fact, HoldfastError, observed, rootCall, TerminalError, wrap } from "holdfast";
import { CircuitOpenError, circuitBreaker, skipWhenOpen } from "holdfast/circuit-breaker";
import { retry } from "holdfast/retry";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { beforeEach, describe, expect, test } from "vitest";

let clock: ManualRuntime;
beforeEach(() => {
  clock = manualRuntime();
});
const call = (): Call => rootCall({ runtime: clock });
const open = new CircuitOpenError("bank", 5_000);
const gone = new HoldfastError("GONE", "gone");
const refusing = (_: number): Promise<string> => Promise.reject(open);

describe("skipWhenOpen", () => {
  test("puts the event aside with the reason, and answers that it was skipped once it is kept", async () => {
    const kept: unknown[] = [];
    const fn = skipWhenOpen(refusing, async (skipped, own) => {
      await Promise.resolve();
      kept.push(skipped, own.attempt);
    });
    expect(await fn(7, call())).toEqual({ skipped: true });
    expect(kept).toEqual([{ input: 7, why: open }, 1]);
  });

  test("leaves results, and every other error, as they are", async () => {
    const sink = () => {
      throw new Error("never asked");
    };
    expect(await skipWhenOpen(async (n: number) => n, sink)(7, call())).toBe(7);
    const declined = new TerminalError("declined");
    const fn = skipWhenOpen((_: number) => Promise.reject(declined), sink);
    await expect(fn(7, call())).rejects.toBe(declined);
  });

  test.each([
    ["rejects", () => Promise.reject(new Error("the queue is down"))],
    [
      "throws",
      () => {
        throw new Error("the queue is down");
      },
    ],
  ])(
    "throws the refusal itself when the sink %s, so that the event stays where it came from",
    async (_, sink) => {
      const facts: Fact[] = [];
      const fn = wrap(
        skipWhenOpen(refusing, sink),
        observed((fact) => facts.push(fact)),
      );
      await expect(fn(7, call())).rejects.toBe(open);
      expect(facts).toMatchObject([{ type: "circuit.skip-failed", error: { message: "the queue is down" } }]);
    },
  );

  test("puts nothing aside for a call that is over: who gave it up does not know of it", async () => {
    let asked = 0;
    const caller = new AbortController();
    const fn = skipWhenOpen(
      async (_: number) => {
        caller.abort(new Error("gone"));
        throw open;
      },
      () => {
        asked += 1;
      },
    );
    await expect(fn(7, rootCall({ runtime: clock, signal: caller.signal }))).rejects.toBe(open);
    expect(asked).toBe(0);
  });

  test.each<[string, (caller: AbortController) => unknown, string]>([
    ["its deadline comes", () => clock.advance(1_000), "DEADLINE_EXCEEDED"],
    ["its caller calls it off", (caller) => caller.abort(gone), "GONE"],
  ])(
    "a sink that hangs does not outlive the call: the refusal itself is thrown when %s",
    async (_, end, code) => {
      const facts: Fact[] = [];
      const caller = new AbortController();
      const fn = wrap(
        skipWhenOpen(refusing, () => new Promise<never>(() => {})),
        observed((fact) => facts.push(fact)),
      );
      const work = fn(7, rootCall({ runtime: clock, timeoutMs: 1_000, signal: caller.signal }));
      await Promise.all([expect(work).rejects.toBe(open), Promise.resolve().then(() => end(caller))]);
      expect(facts).toMatchObject([{ type: "circuit.skip-failed", error: { code } }]);
      expect(clock.pendingTimers).toBe(0);
    },
  );

  test("an event that was kept after the deadline is not skipped, though no timer has fired yet", async () => {
    const fn = skipWhenOpen(refusing, async () => clock.jump(1_000));
    await expect(fn(7, rootCall({ runtime: clock, timeoutMs: 1_000 }))).rejects.toBe(open);
  });

  test("a sink that was left behind is told so by its call's signal", async () => {
    let signal: AbortSignal | undefined;
    const fn = skipWhenOpen(refusing, (_skipped, own) => {
      signal = own.signal;
      return new Promise<never>(() => {});
    });
    const work = fn(7, rootCall({ runtime: clock, timeoutMs: 1_000 }));
    await Promise.all([expect(work).rejects.toBe(open), clock.advance(1_000)]);
    expect(signal?.aborted).toBe(true);
  });

  test("a sink that has kept the event leaves no timer and no listener", async () => {
    const caller = new AbortController();
    const fn = skipWhenOpen(refusing, async () => {});
    await fn(7, rootCall({ runtime: clock, timeoutMs: 1_000, signal: caller.signal }));
    expect([getEventListeners(caller.signal, "abort").length, clock.pendingTimers]).toEqual([0, 0]);
  });

  test("outside a retry and a breaker, the events of an outage are put aside, and none is sent", async () => {
    let sent = 0;
    const kept: number[] = [];
    const facts: Fact[] = [];
    const charge = wrap(
      async (_: number): Promise<string> => {
        sent += 1;
        throw new Error("down");
      },
      retry({ maxAttempts: 3 }),
      circuitBreaker({ name: "bank", halfOpenAfterMs: 60_000 }),
    );
    const fn = wrap(
      skipWhenOpen(charge, ({ input }) => kept.push(input)),
      observed(({ type }) => facts.push({ type })),
    );
    const failed: number[] = [];
    for (let n = 0; n < 20; n++) await clock.run(fn(n, call())).catch(() => failed.push(n));
    expect(sent).toBe(5);
    expect([...failed, ...kept].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    expect(kept.length).toBeGreaterThanOrEqual(18);
    expect(facts.filter(({ type }) => type === "circuit.skipped")).toHaveLength(kept.length);
  });
});
