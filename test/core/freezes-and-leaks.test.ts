import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Call, deriveCall, observed, rootCall, sleep, timeout, wrap } from "holdfast";
import { exponential, retry } from "holdfast/retry";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";

const everySecond = exponential({ initialDelayMs: 1_000, factor: 1, jitter: "none" });

test("a sleep that a freeze carried past the deadline rejects: its own timer fires first when the process thaws", async () => {
  const clock = manualRuntime();
  const sleeping = sleep(rootCall({ runtime: clock, timeoutMs: 3_000 }), 1_000);
  clock.jump(60_000);
  await expect(clock.run(sleeping)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
});

test("a backoff that a freeze carried past the deadline does not call the function again", async () => {
  const clock = manualRuntime();
  let calls = 0;
  const run = wrap(
    async () => {
      calls += 1;
      throw new Error("hiccup");
    },
    retry({ backoff: everySecond }),
  );
  const work = run(undefined, rootCall({ runtime: clock, timeoutMs: 3_000 }));
  work.catch(() => {});
  await clock.advance(500);
  clock.jump(60_000);
  await expect(clock.run(work)).rejects.toThrow();
  expect(calls).toBe(1);
});

test("a deadline that passes between two looks at the clock is heard all the same", async () => {
  const clock = manualRuntime();
  const endMs = clock.now() + 1;
  for (let look = 0; look < 12; look++) {
    let looks = Number.NEGATIVE_INFINITY;
    const runtime = { ...clock, now: () => (looks++ >= look ? endMs : endMs - 1) };
    const child = deriveCall(rootCall({ runtime, timeoutMs: 1 }));
    looks = 0;
    const { signal } = child;
    looks = look;
    await clock.advance(10);
    expect([look, signal.aborted]).toEqual([look, true]);
  }
});

test("a limit that has settled leaves no timer that keeps the process alive", async () => {
  const clock = manualRuntime();
  const holding = new Set<object>();
  const runtime = {
    ...clock,
    setTimer(ms: number, fn: () => void, keepAlive = false) {
      const token = {};
      if (keepAlive) holding.add(token);
      const cancel = clock.setTimer(ms, () => {
        holding.delete(token);
        fn();
      });
      return () => {
        holding.delete(token);
        cancel();
      };
    },
  };
  const call = rootCall({ runtime, timeoutMs: 60_000 });
  void call.signal;
  await wrap(async () => 1, timeout({ ms: 90_000 }))(undefined, call);
  expect(holding.size).toBe(0);
});

test("an observed call on a long-lived root is forgotten once it has settled, signal and all", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const root = rootCall();
  const signals: WeakRef<AbortSignal>[] = [];
  const run = wrap(
    async (_: undefined, call: Call) => {
      signals.push(new WeakRef(call.signal));
    },
    observed(() => {}),
  );
  for (let n = 0; n < 50; n++) await run(undefined, root);
  await new Promise((resolve) => setTimeout(resolve, 5));
  collect();
  expect(signals.filter((one) => one.deref() !== undefined).length).toBeLessThan(10);
});
