/** What docs/retry.md says that other libraries do, and that ours does not. */
import * as cockatiel from "cockatiel";
import pRetry from "p-retry";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => vi.useRealTimers());

test("cockatiel: an abort during a wait does not end it, and the function is called again", async () => {
  vi.useFakeTimers();
  const policy = cockatiel.retry(cockatiel.handleAll, {
    maxAttempts: 3,
    backoff: new cockatiel.ConstantBackoff(60_000),
  });
  const caller = new AbortController();
  let calls = 0;
  let isOver = false;
  const over = policy
    .execute(() => {
      calls += 1;
      throw new Error("down");
    }, caller.signal)
    .catch(() => {
      isOver = true;
    });
  await vi.advanceTimersByTimeAsync(1_000);
  caller.abort();
  await vi.advanceTimersByTimeAsync(50_000);
  expect([calls, isOver]).toEqual([1, false]);
  await vi.advanceTimersByTimeAsync(10_000);
  await over;
  expect(calls).toBe(2);
});

test("cockatiel: at attempt 12 nearly all waits of its default jitter are the cap itself", () => {
  const draws = Array.from({ length: 2_000 }, () => {
    let backoff = new cockatiel.ExponentialBackoff().next();
    for (let attempt = 2; attempt <= 12; attempt++) backoff = backoff.next(undefined as never);
    return backoff.duration;
  });
  const cap = Math.max(...draws);
  expect(draws.filter((ms) => ms === cap).length / draws.length).toBeGreaterThan(0.9);
});

test("p-retry: with `randomize` all late waits are the cap itself", async () => {
  vi.useFakeTimers();
  const waits: number[] = [];
  const timer = vi.spyOn(globalThis, "setTimeout");
  const over = pRetry(
    () => {
      throw new Error("down");
    },
    { retries: 11, minTimeout: 100, maxTimeout: 2_000, randomize: true },
  ).catch(() => {});
  await vi.advanceTimersByTimeAsync(60_000);
  await over;
  for (const [, ms] of timer.mock.calls) waits.push(Number(ms));
  expect(waits).toHaveLength(11);
  expect(waits.slice(-5)).toEqual([2_000, 2_000, 2_000, 2_000, 2_000]);
});
