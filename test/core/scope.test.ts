import { type Call, deriveCall, type Policy, rootCall, wrap, wrapHandler } from "holdfast";
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
    setTimer: (ms: number, fn: () => void) => clock.setTimer(ms / 2, fn),
    now: clock.now,
  };
  const { signal } = rootCall({ runtime: early, timeoutMs: 1_000 });
  await clock.advance(600);
  expect(signal.aborted).toBe(false);
  await clock.advance(500);
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
