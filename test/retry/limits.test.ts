import { getEventListeners } from "node:events";
import { type Call, HoldfastError, rootCall, wrap } from "holdfast";
import {
  constant,
  exponential,
  type GaveUp,
  type RetryAttempt,
  type RetryOptions,
  retry,
  retryBudget,
} from "holdfast/retry";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { beforeEach, describe, expect, test } from "vitest";

const everySecond = constant({ delayMs: 1_000, jitter: "none" });
const hiccup = new Error("hiccup");

let clock: ManualRuntime;
let attempts: number;
beforeEach(() => {
  clock = manualRuntime();
  attempts = 0;
});

/** Fails as long as `fails` says so. */
function target(fails: () => unknown, options: RetryOptions = {}) {
  const run = wrap(
    async () => {
      attempts += 1;
      const error = fails();
      if (error !== undefined) throw error;
      return attempts;
    },
    retry({ backoff: everySecond, ...options }),
  );
  return (timeoutMs?: number) =>
    clock.run(
      run(undefined, rootCall({ runtime: clock, ...(timeoutMs === undefined ? {} : { timeoutMs }) })),
    );
}

describe("the budget", () => {
  test("is three retries, for all calls of a policy together", async () => {
    const call = target(() => hiccup, { maxAttempts: 3 });
    for (let calls = 0; calls < 4; calls++) await expect(call()).rejects.toBe(hiccup);
    expect(attempts).toBe(3 + 2 + 1 + 1);
  });

  test("is as many as one call may need: the first one has all its attempts", async () => {
    const call = target(() => hiccup, { maxAttempts: 8 });
    await expect(call()).rejects.toBe(hiccup);
    expect(attempts).toBe(8);
    await expect(call()).rejects.toBe(hiccup);
    expect(attempts).toBe(9);
  });

  test("is a process's: two that are played in one test have one each", async () => {
    const run = wrap(
      async () => {
        attempts += 1;
        throw hiccup;
      },
      retry({ backoff: everySecond }),
    );
    for (const process of [manualRuntime(), manualRuntime()]) {
      await expect(process.run(run(undefined, rootCall({ runtime: process })))).rejects.toBe(hiccup);
    }
    expect(attempts).toBe(6);
  });

  test("is given back by a retry that helps", async () => {
    const call = target(() => (attempts % 2 === 1 ? hiccup : undefined));
    for (let calls = 1; calls <= 20; calls++) expect(await call()).toBe(2 * calls);
  });

  test("is given back one token by a retry that helps, and no more", () => {
    const budget = retryBudget({ tokens: 3, ratio: 0 });
    const take = () => budget.take(clock);
    expect([take(), take(), take(), take()]).toEqual([true, true, true, false]);
    budget.succeeded(clock, 2);
    expect([take(), take()]).toEqual([true, false]);
  });

  test("is not spent on a retry that is called off before it is sent", async () => {
    const budget = retryBudget({ tokens: 1, ratio: 0 });
    const caller = new AbortController();
    const run = wrap(() => Promise.reject(hiccup), retry({ backoff: everySecond, budget }));
    const work = run(undefined, rootCall({ runtime: clock, signal: caller.signal }));
    await clock.advance(500);
    caller.abort(new Error("gone"));
    await expect(work).rejects.toThrow("gone");
    expect([budget.take(clock), budget.take(clock)]).toEqual([true, false]);
  });

  test("is filled by calls that succeed at once: ten of them are one retry", async () => {
    let fails = true;
    const call = target(() => (fails ? hiccup : undefined), { maxAttempts: 4 });
    await expect(call()).rejects.toBe(hiccup);
    fails = false;
    for (let calls = 0; calls < 9; calls++) await call();
    fails = true;
    attempts = 0;
    await expect(call()).rejects.toBe(hiccup);
    expect(attempts).toBe(1);
    fails = false;
    await call();
    fails = true;
    attempts = 0;
    await expect(call()).rejects.toBe(hiccup);
    expect(attempts).toBe(2);
  });

  test("is full again after a minute without a retry: what was spent says nothing of the next trouble", async () => {
    const call = target(() => hiccup, { maxAttempts: 4 });
    await expect(call()).rejects.toBe(hiccup);
    clock.jump(60_000);
    attempts = 0;
    await expect(call()).rejects.toBe(hiccup);
    expect(attempts).toBe(4);
  });

  test("is not full again a moment before that minute is over", () => {
    const budget = retryBudget({ tokens: 1, ratio: 0 });
    expect([budget.take(clock), budget.take(clock)]).toEqual([true, false]);
    clock.jump(59_999);
    expect(budget.take(clock)).toBe(false);
    clock.jump(1);
    expect(budget.take(clock)).toBe(true);
  });

  test.each<[object, RegExp]>([
    [{ tokens: 0 }, /^retryBudget: tokens/],
    [{ ratio: -0.1 }, /^retryBudget: ratio/],
    [{ ratio: 1.1 }, /^retryBudget: ratio/],
    [{ token: 1 }, /^retryBudget: there is no option "token"/],
  ])("with a wrong option is refused by name: %o", (options, message) => {
    expect(() => retryBudget(options)).toThrow(message);
  });

  test("may be shared: what one policy spends the other has not", async () => {
    const budget = retryBudget({ tokens: 2, ratio: 0 });
    const [one, other] = [target(() => hiccup, { budget }), target(() => hiccup, { budget })];
    await expect(one()).rejects.toBe(hiccup);
    attempts = 0;
    await expect(other()).rejects.toBe(hiccup);
    expect(attempts).toBe(1);
  });

  test("can be done without", async () => {
    const call = target(() => hiccup, { maxAttempts: 9, budget: false });
    await expect(call()).rejects.toBe(hiccup);
    expect(attempts).toBe(9);
  });

  test("keeps the load on a dead dependency near one attempt a call, where 500 tokens treble it", async () => {
    const attemptsPerCall = async (options: RetryOptions) => {
      attempts = 0;
      const call = target(() => hiccup, { backoff: constant({ delayMs: 0 }), ...options });
      for (let calls = 0; calls < 50; calls++) await expect(call()).rejects.toBe(hiccup);
      return attempts / 50;
    };
    expect(await attemptsPerCall({})).toBe(53 / 50);
    expect(await attemptsPerCall({ budget: retryBudget({ tokens: 500 }) })).toBe(3);
  });
});

test("a circuit breaker inside that is open ends the retrying at once, though its error may be delivered again", async () => {
  const open = new HoldfastError("CIRCUIT_OPEN", "open", { retryable: true, retryAfterMs: 10 });
  await expect(target(() => open)()).rejects.toBe(open);
  expect(attempts).toBe(1);
});

test("maxElapsedMs: no attempt begins later than that after the first", async () => {
  const call = target(() => hiccup, { maxAttempts: 9, maxElapsedMs: 2_000, budget: false });
  await expect(call()).rejects.toBe(hiccup);
  expect(attempts).toBe(3);
});

test("limits compose: the tightest holds", async () => {
  const options = { maxAttempts: 2, maxElapsedMs: 60_000, budget: false } as const;
  await expect(target(() => hiccup, options)(600_000)).rejects.toBe(hiccup);
  expect(attempts).toBe(2);
});

test("with a deadline it settles by then, though an attempt never answers and does not listen", async () => {
  const startMs = clock.now();
  const run = wrap(() => new Promise<never>(() => {}), retry());
  await expect(
    clock.run(run(undefined, rootCall({ runtime: clock, timeoutMs: 3_000 }))),
  ).rejects.toMatchObject({
    code: "DEADLINE_EXCEEDED",
  });
  expect(clock.now() - startMs).toBe(3_000);
  expect(clock.pendingTimers).toBe(0);
});

test("an attempt that succeeded leaves nothing on its caller's signal, though it listened", async () => {
  const caller = new AbortController();
  const run = wrap(async (_: undefined, call: Call) => {
    call.signal.addEventListener("abort", () => {});
  }, retry());
  await run(undefined, rootCall({ runtime: clock, signal: caller.signal }));
  expect(getEventListeners(caller.signal, "abort")).toEqual([]);
});

test("the first wait is not decorrelated from one before it", async () => {
  const waits: number[] = [];
  const call = target(() => hiccup, {
    backoff: exponential({ initialDelayMs: 1, jitter: "decorrelated" }),
    maxAttempts: 2,
    onRetry: ({ delayMs }) => waits.push(delayMs),
  });
  await expect(call()).rejects.toBe(hiccup);
  expect(waits).toEqual([1]);
});

describe("hooks", () => {
  test("are told of each wait and of giving up, with the reason in words, and may throw", async () => {
    const told: (RetryAttempt | GaveUp)[] = [];
    const calls: Call[] = [];
    const hook = (fact: RetryAttempt | GaveUp, call: Call) => {
      told.push(fact);
      calls.push(call);
      throw new Error("a hook's mistake");
    };
    const reset = Object.assign(new Error("x"), { code: "ECONNRESET" });
    const call = target(() => reset, { maxAttempts: 2, onRetry: hook, onGiveUp: hook });
    await expect(call()).rejects.toBe(reset);
    const reason = "ECONNRESET: the connection was lost";
    expect(told).toEqual([
      { attempt: 2, delayMs: 1_000, error: reset, reason },
      { attempt: 2, why: "attempts", error: reset, reason },
    ]);
    expect(calls.every((one) => typeof one.deadlineMs === "number")).toBe(true);
  });

  test("are told when the budget is spent, also of a first attempt", async () => {
    const told: GaveUp[] = [];
    const budget = retryBudget({ tokens: 1, ratio: 0 });
    const call = target(() => hiccup, { budget, maxAttempts: 2, onGiveUp: (fact) => told.push(fact) });
    for (let calls = 0; calls < 2; calls++) await expect(call()).rejects.toBe(hiccup);
    expect(told.map(({ attempt, why }) => [attempt, why])).toEqual([
      [2, "attempts"],
      [1, "budget"],
    ]);
  });
});

test.each<[RetryOptions, RegExp]>([
  [{ maxElapsedMs: -1 }, /maxElapsedMs/],
  [{ budget: {} as never }, /budget must be retryBudget/],
  [{ onRetry: 1 as never }, /onRetry must be a function/],
  [{ onGiveUp: 1 as never }, /onGiveUp must be a function/],
])("a wrong option is refused by name: %o", (options, message) => {
  expect(() => retry(options)).toThrow(message);
});
