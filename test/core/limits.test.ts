import {
  type Call,
  deadline,
  InvalidOptionError,
  type Runtime,
  rootCall,
  sleep,
  timeout,
  wrap,
  wrapHandler,
} from "holdfast";
import { fakeContext, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";

/** Never settles by itself, and tells what it saw of its call. */
function hang(seen: { call?: Call }): (input: unknown, call: Call) => Promise<never> {
  return (_input, call) => {
    seen.call = call;
    return new Promise(() => {});
  };
}

test("timeout rejects a hung function at its limit, whether or not it listens", async () => {
  const clock = manualRuntime();
  const seen: { call?: Call } = {};
  const work = wrap(hang(seen), timeout({ ms: 2_000 }))(undefined, rootCall({ runtime: clock }));
  await expect(clock.run(work)).rejects.toMatchObject({ code: "TIMEOUT", retryable: true });
  expect(seen.call?.signal.aborted).toBe(true);
  expect(clock.pendingTimers).toBe(0);
});

test("what timed out may start nothing more through its call", async () => {
  const clock = manualRuntime();
  let effects = 0;
  const effect = wrap(async () => {
    effects += 1;
  });
  const slow = wrap(
    async (_: undefined, call: Call) => {
      await new Promise<void>((resolve) => clock.setTimer(5_000, resolve));
      await effect(undefined, call);
    },
    timeout({ ms: 1_000 }),
  );
  await expect(clock.run(slow(undefined, rootCall({ runtime: clock })))).rejects.toMatchObject({
    code: "TIMEOUT",
  });
  await clock.advance(10_000);
  expect(effects).toBe(0);
});

test("timeout leaves no timer behind when the function is in time, or fails", async () => {
  const clock = manualRuntime();
  const call = rootCall({ runtime: clock });
  expect(await wrap(async () => "in time", timeout({ ms: 1_000 }))(undefined, call)).toBe("in time");
  await expect(
    wrap(
      async () => {
        throw new Error("failed");
      },
      timeout({ ms: 1_000 }),
    )(undefined, call),
  ).rejects.toThrow("failed");
  expect(clock.pendingTimers).toBe(0);
});

test("a result that comes through the signal later is not cut off when the function is in time", async () => {
  const clock = manualRuntime();
  const fetchLike = async (_: undefined, call: Call): Promise<AbortSignal> => call.signal;
  const bodySignal = await wrap(fetchLike, timeout({ ms: 1_000 }))(undefined, rootCall({ runtime: clock }));
  await clock.advance(5_000);
  expect(bodySignal.aborted).toBe(false);
});

test("deadline stops the work before the call's own end, by the reserve", async () => {
  const clock = manualRuntime();
  const startMs = clock.now();
  const call = rootCall({ runtime: clock, timeoutMs: 3_000 });
  const work = wrap(hang({}), deadline({ reserveMs: 500 }))(undefined, call);
  await expect(clock.run(work)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(clock.now() - startMs).toBe(2_500);
});

test("deadline with less time left than its reserve refuses at once, and the function does not run", async () => {
  const clock = manualRuntime();
  const seen: { call?: Call } = {};
  const work = wrap(hang(seen), deadline({ reserveMs: 500 }))(
    undefined,
    rootCall({ runtime: clock, timeoutMs: 400 }),
  );
  await expect(work).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(seen.call).toBeUndefined();
});

test("deadline does nothing to a call without one", async () => {
  const clock = manualRuntime();
  const run = wrap(async (_: undefined, call: Call) => call.deadlineMs, deadline({ reserveMs: 500 }));
  expect(await run(undefined, rootCall({ runtime: clock }))).toBe(Number.POSITIVE_INFINITY);
  expect(clock.pendingTimers).toBe(0);
});

test("sleep ends at once when the call is aborted, with the reason", async () => {
  const clock = manualRuntime();
  const controller = new AbortController();
  const waiting = sleep(rootCall({ runtime: clock, signal: controller.signal }), 60_000);
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  expect(clock.pendingTimers).toBe(0);
});

test("sleep on a call that is over rejects without a timer", async () => {
  const clock = manualRuntime();
  await expect(
    sleep(rootCall({ runtime: clock, signal: AbortSignal.abort(new Error("over")) }), 10),
  ).rejects.toThrow("over");
  expect(clock.pendingTimers).toBe(0);
});

test.each([
  ["timeout ms", () => timeout({ ms: 0 })],
  ["timeout ms", () => timeout({ ms: Number.NaN })],
  ["timeout ms", () => timeout({ ms: "5" as unknown as number })],
  ["deadline reserveMs", () => deadline({ reserveMs: -1 })],
  ["rootCall timeoutMs", () => rootCall({ timeoutMs: Number.POSITIVE_INFINITY })],
])("a wrong %s is refused where it is given", (what, make) => {
  expect(make).toThrow(InvalidOptionError);
  expect(make).toThrow(new RegExp(`${what.split(" ")[1]} must be a number`));
});

test("a sleep that nobody awaited ends with its invocation, and leaves no timer", async () => {
  const clock = manualRuntime();
  let left: Promise<void> = Promise.resolve();
  const handler = wrapHandler(async (_event: object, call) => {
    left = sleep(call, 60_000);
    left.catch(() => {});
    return "answered";
  });
  expect(await handler({}, fakeContext({ runtime: clock }))).toBe("answered");
  await expect(left).rejects.toMatchObject({ code: "CALL_ENDED" });
  expect(clock.pendingTimers).toBe(0);
});

test.each([
  [() => timeout(5 as never), /timeout: it takes an object, { ms }, not a number/],
  [() => timeout(undefined as never), /timeout: it takes an object, { ms }, and none was given/],
  [() => timeout({ milliseconds: 5 } as never), /there is no option "milliseconds"; there is ms/],
  [() => deadline(null as never), /not null/],
  [() => rootCall(5_000 as never), /rootCall: it takes an object/],
  [() => rootCall([] as never), /not a list/],
])("options that are none are refused, and misspelt ones: %#", (make, message) => {
  expect(make).toThrow(InvalidOptionError);
  expect(make).toThrow(message);
});

test("a timeout that someone awaits keeps the process alive; a signal that someone reads does not", async () => {
  const holds: boolean[] = [];
  const clock = manualRuntime();
  const runtime: Runtime = {
    ...clock,
    now: clock.now,
    setTimer(ms, fn, keepAlive = false) {
      holds.push(keepAlive);
      return clock.setTimer(ms, fn);
    },
  };
  void rootCall({ runtime, timeoutMs: 10 }).signal;
  expect(holds).toEqual([false]);
  const work = wrap(hang({}), timeout({ ms: 5 }))(undefined, rootCall({ runtime, timeoutMs: 10 }));
  expect(holds).toEqual([false, true]);
  await expect(clock.run(work)).rejects.toMatchObject({ code: "TIMEOUT" });
});
