import { getEventListeners } from "node:events";
import {
  type Call,
  deriveCall,
  type Policy,
  type Runtime,
  refusal,
  rootCall,
  runtimeOf,
  sleep,
  timeout,
  wrap,
  wrapHandler,
} from "holdfast";
import { retry } from "holdfast/retry";
import { fakeContext, manualRuntime } from "holdfast/testing";
import { expect, test, vi } from "vitest";

test("an AbortSignal is made only when someone reads it", async () => {
  const made = vi.spyOn(globalThis, "AbortController");
  const derive: Policy = {
    name: "derive",
    run: (_input, call, next) => next(deriveCall(call, { attempt: 2 })),
  };
  const run = wrap(async () => 1, derive, derive);
  await run(undefined, rootCall({ timeoutMs: 1_000 }));
  expect(made).toHaveBeenCalledTimes(0);
  await wrap(async (_: undefined, call: ReturnType<typeof rootCall>) => call.signal.aborted, derive)(
    undefined,
    rootCall(),
  );
  expect(made).toHaveBeenCalledTimes(1);
  made.mockRestore();
});

test("no timer is armed until someone listens", () => {
  const clock = manualRuntime();
  const call = rootCall({ runtime: clock, timeoutMs: 1_000 });
  deriveCall(call);
  expect(clock.pendingTimers).toBe(0);
  call.signal.addEventListener("abort", () => {});
  expect(clock.pendingTimers).toBe(1);
});

test("a root call's signal aborts at its deadline, with what to do", async () => {
  const clock = manualRuntime();
  const { signal } = rootCall({ runtime: clock, timeoutMs: 1_000 });
  await clock.advance(999);
  expect(signal.aborted).toBe(false);
  await clock.advance(1);
  expect(signal.reason).toMatchObject({ code: "DEADLINE_EXCEEDED", retryable: true });
  expect(clock.pendingTimers).toBe(0);
});

test("a disposed root call leaves no timer and no listener behind", () => {
  const clock = manualRuntime();
  const controller = new AbortController();
  const removed = vi.spyOn(controller.signal, "removeEventListener");
  {
    using call = rootCall({ runtime: clock, timeoutMs: 1_000, signal: controller.signal });
    void deriveCall(call, { deadlineMs: clock.now() + 10 }).signal;
    expect(clock.pendingTimers).toBeGreaterThan(0);
  }
  expect(clock.pendingTimers).toBe(0);
  expect(removed).toHaveBeenCalledTimes(1);
});

test("a timer that fires early by the clock does not end the call", async () => {
  const clock = manualRuntime();
  const early = {
    ...clock,
    setTimer: (ms: number, fn: () => void) => clock.setTimer(ms > 10 ? ms - 10 : ms, fn),
    now: clock.now,
  };
  const { signal } = rootCall({ runtime: early, timeoutMs: 1_000 });
  await clock.advance(999);
  expect(signal.aborted).toBe(false);
  await clock.advance(1);
  expect(signal.aborted).toBe(true);
});

test("the first reason stays", async () => {
  const clock = manualRuntime();
  const controller = new AbortController();
  const { signal } = rootCall({ runtime: clock, timeoutMs: 10, signal: controller.signal });
  controller.abort("first");
  await clock.advance(20);
  expect(signal.reason).toBe("first");
});

test("two calls in one process share nothing", async () => {
  const clock = manualRuntime();
  const short = rootCall({ runtime: clock, timeoutMs: 10 });
  const long = rootCall({ runtime: clock, timeoutMs: 1_000 });
  const signals = [short.signal, long.signal];
  await clock.advance(10);
  expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
});

test("a deadline that an earlier one makes pointless has no timer", () => {
  const clock = manualRuntime();
  const parent = rootCall({ runtime: clock, timeoutMs: 1_000 });
  void deriveCall(parent, { deadlineMs: clock.now() + 10 }).signal;
  expect(clock.pendingTimers).toBe(1);
  void deriveCall(parent).signal;
  expect(clock.pendingTimers).toBe(2);
});

test("an invocation that depends on no deadline never asks for it", async () => {
  let asked = 0;
  const context = {
    ...fakeContext(),
    getRemainingTimeInMillis: () => {
      asked += 1;
      return 3_000;
    },
  };
  await wrapHandler(async () => 1)({}, context);
  expect(asked).toBe(0);
  await wrapHandler(async (_: object, call) => [call.deadlineMs, call.deadlineMs])({}, context);
  expect(asked).toBe(1);
});

test("an attempt that fails with undefined still aborts its signal with a reason", async () => {
  const clock = manualRuntime();
  const reasons: unknown[] = [];
  const run = wrap(
    async (_: undefined, call: Call) => {
      call.signal.addEventListener("abort", () => reasons.push(call.signal.reason));
      throw undefined;
    },
    retry({ maxAttempts: 1 }),
  );
  await expect(run(undefined, rootCall({ runtime: clock }))).rejects.toBeUndefined();
  expect(reasons).toMatchObject([{ code: "CALL_ENDED" }]);
});

/** A call with a deadline and a caller's signal, and what still hangs on both. */
function rooted(timeoutMs?: number) {
  const clock = manualRuntime();
  const controller = new AbortController();
  const { signal } = controller;
  const call = rootCall(
    timeoutMs === undefined ? { runtime: clock, signal } : { runtime: clock, signal, timeoutMs },
  );
  return { clock, controller, call, listeners: () => getEventListeners(signal, "abort").length };
}

test("a sleep that has ended leaves no listener and no timer behind", async () => {
  const { clock, call, listeners } = rooted(60_000);
  const sleeping = sleep(call, 1_000);
  expect([listeners(), clock.pendingTimers]).toEqual([1, 2]);
  await clock.run(sleeping);
  expect([listeners(), clock.pendingTimers]).toEqual([0, 0]);
});

test("of two sleeps on one call, the one that ends first does not deafen the other", async () => {
  const { clock, controller, call, listeners } = rooted(60_000);
  const [short, long] = [sleep(call, 10), sleep(call, 50_000)];
  expect([listeners(), clock.pendingTimers]).toEqual([1, 3]);
  await clock.run(short);
  controller.abort(new Error("enough"));
  await expect(long).rejects.toThrow("enough");
  expect([listeners(), clock.pendingTimers]).toEqual([0, 0]);
});

test("an abort reaches everyone who sleeps on the call", async () => {
  const { controller, call } = rooted();
  const sleeps = Promise.allSettled([sleep(call, 10), sleep(call, 20), sleep(deriveCall(call), 30)]);
  controller.abort("enough");
  expect((await sleeps).map((outcome) => outcome.status)).toEqual(["rejected", "rejected", "rejected"]);
});

test("a call that came to rest can be listened to again, and what listened before does not disturb it", async () => {
  const { clock, controller, call } = rooted();
  const before = sleep(call, 10);
  call[Symbol.dispose]();
  const after = sleep(call, 50_000);
  expect(await clock.run(before)).toBeUndefined();
  controller.abort(new Error("enough"));
  await expect(after).rejects.toThrow("enough");
});

test("a deadline is armed again for whoever listens after all had left", async () => {
  const { clock, call } = rooted(1_000);
  await clock.run(sleep(call, 10));
  const { signal } = call;
  await clock.advance(1_000);
  expect(signal.aborted).toBe(true);
});

test("disposing a root call gives back its timers and ends nothing", async () => {
  const { clock, call } = rooted(1_000);
  const child = deriveCall(call);
  void child.signal;
  call[Symbol.dispose]();
  expect(clock.pendingTimers).toBe(0);
  expect([refusal(call), refusal(child)]).toEqual([undefined, undefined]);
});

test("a limited function that has settled leaves nothing on its caller's signal", async () => {
  const { clock, call, listeners } = rooted(60_000);
  const reading = async (_: undefined, own: Call): Promise<boolean> => own.signal.aborted;
  await wrap(reading, retry(), timeout({ ms: 1_000 }))(undefined, call);
  expect([listeners(), clock.pendingTimers]).toEqual([0, 0]);
});

test("a call has one signal, however often it is read", () => {
  const call = rootCall();
  expect(call.signal).toBe(call.signal);
});

test("a call without a deadline has no timer, also when someone listens", () => {
  const { clock, call } = rooted();
  void call.signal;
  expect(clock.pendingTimers).toBe(0);
});

test("what belongs to a failed attempt may start nothing more, for the reason that it failed", async () => {
  const clock = manualRuntime();
  const error = new Error("first");
  const calls: Call[] = [];
  const run = wrap(async (_: undefined, call: Call) => {
    calls.push(call);
    if (calls.length === 1) throw error;
  }, retry());
  await clock.run(run(undefined, rootCall({ runtime: clock })));
  expect(calls.map(refusal)).toEqual([error, undefined]);
});

test("of two equal deadlines the outer one gives the reason", () => {
  const clock = manualRuntime();
  const call = rootCall({ runtime: clock, timeoutMs: 10 });
  const inner = deriveCall(call, { deadlineMs: call.deadlineMs, overdue: () => "inner" });
  clock.jump(10);
  expect(refusal(inner)).toMatchObject({ code: "DEADLINE_EXCEEDED" });
});

test("a call begins with attempt 1, and a derived one keeps its parent's", () => {
  const call = rootCall();
  expect([call.attempt, deriveCall(call).attempt]).toEqual([1, 1]);
  expect(deriveCall(deriveCall(call, { attempt: 4 })).attempt).toBe(4);
});

test("a call made by hand may be derived from: its own members stay, its signal and deadline are obeyed", async () => {
  const controller = new AbortController();
  const byHand = { signal: controller.signal, deadlineMs: Date.now() + 60_000, attempt: 3, context: "kept" };
  const child = deriveCall(byHand);
  expect([child.context, child.attempt, child.deadlineMs]).toEqual(["kept", 3, byHand.deadlineMs]);
  const seen = await wrap(
    async (_: undefined, own: Call) => own.attempt,
    retry(),
    timeout({ ms: 1_000 }),
  )(undefined, byHand);
  expect(seen).toBe(1);
  controller.abort(new Error("stop"));
  expect(child.signal.reason).toEqual(new Error("stop"));
});

/** A clock that notes, for each timer that waits, whether it keeps the process alive. */
function noticing() {
  const clock = manualRuntime();
  const waiting = new Map<object, boolean>();
  const runtime: Runtime = {
    ...clock,
    setTimer(ms, fn, keepAlive = false) {
      const timer = {};
      waiting.set(timer, keepAlive);
      const cancel = clock.setTimer(ms, () => {
        waiting.delete(timer);
        fn();
      });
      return () => {
        waiting.delete(timer);
        cancel();
      };
    },
  };
  return { clock, runtime, waiting: () => [...waiting.values()] };
}

test("a sleep keeps the process alive, and a deadline that nobody awaits does not", async () => {
  const { clock, runtime, waiting } = noticing();
  void rootCall({ runtime, timeoutMs: 1_000 }).signal;
  void sleep(rootCall({ runtime }), 5);
  expect(waiting()).toEqual([false, true]);
  await clock.advance(10);
});

test("a limit that someone awaits keeps the process alive, though its signal was read before and is after", async () => {
  const { clock, runtime, waiting } = noticing();
  const call = rootCall({ runtime, timeoutMs: 1_000 });
  void call.signal;
  const work = wrap(() => new Promise<never>(() => {}), timeout({ ms: 9_000 }))(undefined, call);
  expect(waiting()).toEqual([true]);
  void deriveCall(call).signal;
  expect(waiting()).toEqual([true]);
  await expect(clock.run(work)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(waiting()).toEqual([]);
});

test("a call made by hand runs on the real clock", () => {
  const byHand: Call = { signal: new AbortController().signal, deadlineMs: 5, attempt: 1 };
  expect(runtimeOf(byHand)).toBe(runtimeOf(rootCall()));
});

test("a clock that is set back does not make a deadline hang", async () => {
  const clock = manualRuntime();
  let setBackMs = 0;
  const runtime: Runtime = { ...clock, now: () => clock.now() - setBackMs };
  const { signal } = rootCall({ runtime, timeoutMs: 1_000 });
  setBackMs = 3_600_000;
  await clock.advance(1_000);
  expect(signal.aborted).toBe(true);
});

test("a root call with nothing but a signal gives that signal, and leaves no listener on it", () => {
  const { signal } = new AbortController();
  const added = vi.spyOn(signal, "addEventListener");
  expect(rootCall({ signal }).signal).toBe(signal);
  expect(added).not.toHaveBeenCalled();
});
