import {
  type Call,
  type Fact,
  observed,
  RetryableError,
  type Runtime,
  rootCall,
  TerminalError,
  timeout,
  wrap,
} from "holdfast";
import { exponential, retry } from "holdfast/retry";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";

const everySecond = exponential({ initialDelayMs: 1_000, factor: 1, jitter: "none" });

/** Fails `times` times with `error`, then answers with the number of attempts. */
function failing(times: number, error: unknown = new Error("hiccup")) {
  const seen: Call[] = [];
  return {
    seen,
    fn: async (_input: undefined, call: Call): Promise<number> => {
      seen.push(call);
      if (seen.length <= times) throw error;
      return seen.length;
    },
  };
}

test("tries again until it works, and counts the attempts", async () => {
  const clock = manualRuntime();
  const { fn, seen } = failing(2);
  const startMs = clock.now();
  const work = wrap(fn, retry({ maxAttempts: 3, backoff: everySecond }))(
    undefined,
    rootCall({ runtime: clock }),
  );
  expect(await clock.run(work)).toBe(3);
  expect(seen.map((call) => call.attempt)).toEqual([1, 2, 3]);
  expect(clock.now() - startMs).toBe(2_000);
  expect(clock.pendingTimers).toBe(0);
});

test("gives up after maxAttempts with the last error, as it was thrown", async () => {
  const clock = manualRuntime();
  const error = new Error("hiccup");
  const { fn, seen } = failing(9, error);
  const work = wrap(fn, retry({ maxAttempts: 3, backoff: everySecond }))(
    undefined,
    rootCall({ runtime: clock }),
  );
  await expect(clock.run(work)).rejects.toBe(error);
  expect(seen).toHaveLength(3);
});

test.each([
  ["a terminal error", new TerminalError("no such account")],
  [
    "an AWS client's fault",
    Object.assign(new Error("bad"), { $fault: "client", name: "ValidationException" }),
  ],
])("%s is not tried again", async (_name, error) => {
  const { fn, seen } = failing(9, error);
  await expect(wrap(fn, retry())(undefined, rootCall())).rejects.toBe(error);
  expect(seen).toHaveLength(1);
});

test.each([
  ["throttling", Object.assign(new Error("slow"), { $fault: "client", name: "ThrottlingException" })],
  ["a service's fault", Object.assign(new Error("oops"), { $fault: "server" })],
  ["undefined thrown", undefined],
  ["null thrown", null],
])("%s is tried again", async (_name, error) => {
  const clock = manualRuntime();
  const { fn } = failing(1, error);
  expect(await clock.run(wrap(fn, retry())(undefined, rootCall({ runtime: clock })))).toBe(2);
});

test("an error's retryAfterMs is waited for, when it is longer than the backoff", async () => {
  const clock = manualRuntime();
  const startMs = clock.now();
  const { fn } = failing(1, new RetryableError("busy", { retryAfterMs: 7_000 }));
  await clock.run(wrap(fn, retry({ backoff: everySecond }))(undefined, rootCall({ runtime: clock })));
  expect(clock.now() - startMs).toBe(7_000);
});

test("an abort wakes the wait, and the function is not called again", async () => {
  const clock = manualRuntime();
  const controller = new AbortController();
  const { fn, seen } = failing(9);
  const work = wrap(fn, retry({ backoff: everySecond }))(
    undefined,
    rootCall({ runtime: clock, signal: controller.signal }),
  );
  await clock.advance(500);
  controller.abort(new Error("client went away"));
  await expect(work).rejects.toThrow("client went away");
  await clock.advance(60_000);
  expect(seen).toHaveLength(1);
  expect(clock.pendingTimers).toBe(0);
});

test("a wait that would end past the deadline is not begun: the error comes while there is time to answer", async () => {
  const clock = manualRuntime();
  const startMs = clock.now();
  const error = new Error("hiccup");
  const { fn, seen } = failing(9, error);
  const work = wrap(fn, retry({ maxAttempts: 9, backoff: everySecond }))(
    undefined,
    rootCall({ runtime: clock, timeoutMs: 2_500 }),
  );
  await expect(clock.run(work)).rejects.toBe(error);
  expect(seen).toHaveLength(3);
  expect(clock.now() - startMs).toBe(2_000);
});

test("each attempt has its own signal, which aborts when that attempt has failed", async () => {
  const clock = manualRuntime();
  const signals: AbortSignal[] = [];
  const run = wrap(async (_: undefined, call: Call) => {
    signals.push(call.signal);
    if (signals.length === 1) throw new Error("first");
    return "second";
  }, retry());
  await clock.run(run(undefined, rootCall({ runtime: clock })));
  expect(signals.map((signal) => signal.aborted)).toEqual([true, false]);
  expect(new Set(signals).size).toBe(2);
});

test("a timeout inside is one attempt's, and the next one begins with its own", async () => {
  const clock = manualRuntime();
  let attempts = 0;
  const run = wrap(
    () => {
      attempts += 1;
      return attempts === 1 ? new Promise<string>(() => {}) : Promise.resolve("second");
    },
    retry({ backoff: everySecond }),
    timeout({ ms: 200 }),
  );
  expect(await clock.run(run(undefined, rootCall({ runtime: clock })))).toBe("second");
  expect(clock.pendingTimers).toBe(0);
});

test("observers hear of every further attempt, and of giving up", async () => {
  const clock = manualRuntime();
  const facts: Fact[] = [];
  const { fn } = failing(9);
  const run = wrap(
    fn,
    observed((fact) => facts.push(fact)),
    retry({ maxAttempts: 2, backoff: everySecond }),
  );
  await expect(clock.run(run(undefined, rootCall({ runtime: clock })))).rejects.toThrow("hiccup");
  expect(facts).toMatchObject([
    { type: "retry.attempt", attempt: 2, delayMs: 1_000 },
    { type: "retry.gave-up", attempt: 2, why: "attempts" },
  ]);
});

test("chance and time come from the call", async () => {
  const clock = manualRuntime();
  const runtime: Runtime = { ...clock, random: () => 0.25, now: clock.now, setTimer: clock.setTimer };
  const startMs = clock.now();
  const { fn } = failing(1);
  await clock.run(
    wrap(fn, retry({ backoff: exponential({ initialDelayMs: 1_000 }) }))(undefined, rootCall({ runtime })),
  );
  expect(clock.now() - startMs).toBe(250);
});

test.each([
  [{ maxAttempts: 0 }, /maxAttempts must be a whole number of at least 1/],
  [{ maxAttempts: 1.5 }, /maxAttempts/],
  [{ backoff: {} as never }, /backoff/],
  [{ retryWhen: true as never }, /retryWhen/],
])("a wrong option is refused by name: %o", (options, message) => {
  expect(() => retry(options)).toThrow(message);
});
