import { getEventListeners } from "node:events";
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
import { exponential, type RetryOptions, retry } from "holdfast/retry";
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

test("there are three attempts unless more are asked for", async () => {
  const clock = manualRuntime();
  const { fn, seen } = failing(9);
  await expect(clock.run(wrap(fn, retry())(undefined, rootCall({ runtime: clock })))).rejects.toThrow();
  expect(seen).toHaveLength(3);
});

test("an abort while an attempt runs stops the retrying: the attempt's own error is thrown, without a wait", async () => {
  const clock = manualRuntime();
  const controller = new AbortController();
  let calls = 0;
  const run = wrap(
    async () => {
      calls += 1;
      controller.abort(new Error("client went away"));
      throw new Error("hiccup");
    },
    retry({ backoff: everySecond }),
  );
  const work = run(undefined, rootCall({ runtime: clock, signal: controller.signal }));
  await expect(clock.run(work)).rejects.toThrow("hiccup");
  expect(calls).toBe(1);
});

test("a wait that would end exactly at the deadline is not begun", async () => {
  const clock = manualRuntime();
  const { fn, seen } = failing(9);
  const work = wrap(fn, retry({ maxAttempts: 9, backoff: everySecond }))(
    undefined,
    rootCall({ runtime: clock, timeoutMs: 2_000 }),
  );
  await expect(clock.run(work)).rejects.toThrow("hiccup");
  expect(seen).toHaveLength(2);
});

test.each([
  ["attempts", { maxAttempts: 2 }, new Error("hiccup"), 60_000],
  [
    "terminal",
    { maxAttempts: 9, retryWhen: (error: unknown) => (error as Error).message === "first" },
    new Error("bad"),
    60_000,
  ],
  ["deadline", { maxAttempts: 9 }, new Error("hiccup"), 1_500],
])("observers hear why it gave up, and with which error: %s", async (why, options, error, timeoutMs) => {
  const clock = manualRuntime();
  const facts: Fact[] = [];
  const first = new Error("first");
  let attempts = 0;
  const run = wrap(
    async () => {
      attempts += 1;
      throw attempts === 1 ? first : error;
    },
    observed((fact) => facts.push(fact)),
    retry({ backoff: everySecond, ...options }),
  );
  await expect(clock.run(run(undefined, rootCall({ runtime: clock, timeoutMs })))).rejects.toBe(error);
  expect(facts).toEqual([
    { type: "retry.attempt", attempt: 2, delayMs: 1_000, error: first, reason: expect.any(String) },
    { type: "retry.gave-up", attempt: 2, why, error, reason: expect.any(String) },
  ]);
});

test("a first attempt that is not tried again is no giving up", async () => {
  const facts: Fact[] = [];
  const { fn } = failing(9, new TerminalError("no such account"));
  const run = wrap(
    fn,
    observed((fact) => facts.push(fact)),
    retry(),
  );
  await expect(run(undefined, rootCall())).rejects.toThrow("no such account");
  expect(facts).toEqual([]);
});

test.each([
  ["7000", 0],
  [-5, 0],
  [Number.NaN, 0],
  [null, 0],
  [1, 1],
])("a retryAfterMs of %o makes the next attempt wait %i ms", async (retryAfterMs, waitedMs) => {
  const clock = manualRuntime();
  const startMs = clock.now();
  const { fn } = failing(1, Object.assign(new Error("busy"), { retryAfterMs }));
  const atOnce = exponential({ initialDelayMs: 0 });
  await clock.run(wrap(fn, retry({ backoff: atOnce }))(undefined, rootCall({ runtime: clock })));
  expect(clock.now() - startMs).toBe(waitedMs);
});

test("a policy says its name, and a wrong option whose it is", () => {
  expect(retry().name).toBe("retry");
  expect(() => retry({ maxAttempts: 0 })).toThrow(/^retry: maxAttempts/);
  expect(() => retry({ backoff: null as never })).toThrow(/^retry: backoff must be a backoff/);
});

test("when the call is aborted while an attempt runs, observers are told that it was aborted, not how long a wait", async () => {
  const clock = manualRuntime();
  const controller = new AbortController();
  const facts: Fact[] = [];
  const run = wrap(
    async (_: undefined, call: Call) => {
      if (call.attempt === 2) controller.abort(new Error("client went away"));
      throw new Error("hiccup");
    },
    observed((fact) => facts.push(fact)),
    retry({ maxAttempts: 9, backoff: everySecond }),
  );
  const work = run(undefined, rootCall({ runtime: clock, signal: controller.signal }));
  await expect(clock.run(work)).rejects.toThrow("hiccup");
  expect(facts.at(-1)).toMatchObject({ type: "retry.gave-up", attempt: 2, why: "aborted" });
});

test("an attempt that the caller's abort made fail was aborted, though its error is one not to try again", async () => {
  const clock = manualRuntime();
  const controller = new AbortController();
  const facts: Fact[] = [];
  const run = wrap(
    async (_: undefined, call: Call) => {
      if (call.attempt === 1) throw new Error("hiccup");
      controller.abort();
      throw call.signal.reason;
    },
    observed((fact) => facts.push(fact)),
    retry({ maxAttempts: 2, backoff: everySecond }),
  );
  const work = run(undefined, rootCall({ runtime: clock, signal: controller.signal }));
  await expect(clock.run(work)).rejects.toMatchObject({ name: "AbortError" });
  expect(facts.at(-1)).toMatchObject({ type: "retry.gave-up", attempt: 2, why: "aborted" });
});

/** Nothing of it can be read. */
function unreadable(): Error {
  const refuse = () => {
    throw new Error("a getter's mistake");
  };
  return new Proxy(new Error("x"), { get: refuse, has: refuse });
}

test("an error whose members throw when they are read is thrown as it is, in the end", async () => {
  const clock = manualRuntime();
  const error = unreadable();
  const { fn, seen } = failing(9, error);
  const work = wrap(fn, retry({ maxAttempts: 2 }))(undefined, rootCall({ runtime: clock }));
  const { thrown } = await clock.run(work.then(Object, (why: unknown) => ({ thrown: why })));
  expect([thrown === error, seen.length]).toEqual([true, 2]);
});

test.each<[string, RetryOptions]>([
  [
    "retryWhen",
    {
      retryWhen: () => {
        throw new Error("a mistake");
      },
    },
  ],
  [
    "a backoff",
    {
      backoff: {
        delayMs: () => {
          throw new Error("a mistake");
        },
      },
    },
  ],
])(
  "%s that throws does not take the place of the error that it was asked about, and observers are told",
  async (_, options) => {
    const facts: Fact[] = [];
    const error = new Error("hiccup");
    const run = wrap(
      failing(9, error).fn,
      observed((fact) => facts.push(fact)),
      retry(options),
    );
    await expect(run(undefined, rootCall())).rejects.toBe(error);
    expect(facts).toEqual([
      { type: "retry.gave-up", attempt: 1, why: "terminal", error, reason: "it could not be judged" },
    ]);
  },
);

test("an attempt that worked leaves nothing on its caller's signal", async () => {
  const clock = manualRuntime();
  const { signal } = new AbortController();
  const call = rootCall({ runtime: clock, signal, timeoutMs: 60_000 });
  await wrap(async (_: undefined, own: Call) => own.signal.aborted, retry())(undefined, call);
  expect([getEventListeners(signal, "abort").length, clock.pendingTimers]).toEqual([0, 0]);
});

test("a misspelt option is refused by name", () => {
  expect(() => retry({ maxAttempt: 3 } as never)).toThrow(/^retry: there is no option "maxAttempt"/);
  expect(() => exponential({ maxDelay: 3 } as never)).toThrow(/^exponential: there is no option "maxDelay"/);
});
