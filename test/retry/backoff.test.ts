import fc from "fast-check";
import { InvalidOptionError } from "holdfast";
import { exponential } from "holdfast/retry";
import { expect, test } from "vitest";

test("without jitter the waits double up to the cap", () => {
  const backoff = exponential({ initialDelayMs: 100, maxDelayMs: 1_000, jitter: "none" });
  expect([1, 2, 3, 4, 5, 6].map((n) => backoff.delayMs(n, () => 0.5))).toEqual([
    100, 200, 400, 800, 1_000, 1_000,
  ]);
});

test("the cap comes first and the jitter after it, so that waits do not pile up on the cap", () => {
  const backoff = exponential({ initialDelayMs: 100, maxDelayMs: 1_000 });
  expect([0, 0.25, 0.5, 0.75].map((chance) => backoff.delayMs(12, () => chance))).toEqual([0, 250, 500, 750]);
});

test("no attempt overflows: every wait is a number from 0 to the cap", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 0, max: 100_000 }),
      fc.integer({ min: 0, max: 100_000 }),
      fc.double({ min: 1, max: 10, noNaN: true }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempt, initialDelayMs, maxDelayMs, factor, chance) => {
        const delay = exponential({ initialDelayMs, maxDelayMs, factor }).delayMs(attempt, () => chance);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(maxDelayMs);
      },
    ),
  );
});

test.each([
  [{ initialDelayMs: -1 }, /initialDelayMs must be a number of at least 0, not -1/],
  [{ maxDelayMs: Number.NaN }, /maxDelayMs/],
  [{ factor: 0.5 }, /factor/],
  [{ jitter: "equal" as "full" }, /jitter must be "full" or "none"/],
])("a wrong option is refused by name: %o", (options, message) => {
  expect(() => exponential(options)).toThrow(InvalidOptionError);
  expect(() => exponential(options)).toThrow(message);
});

test("the defaults are as documented: 100 ms, doubling, at most 20 s, with full jitter", () => {
  const plain = exponential({ jitter: "none" });
  expect([1, 2, 3, 8, 9, 99].map((n) => plain.delayMs(n, Math.random))).toEqual([
    100, 200, 400, 12_800, 20_000, 20_000,
  ]);
  expect(exponential().delayMs(1, () => 0.25)).toBe(25);
});

test("a first wait of nothing stays nothing, however many failures", () => {
  const none = exponential({ initialDelayMs: 0, jitter: "none" });
  expect([1, 2, 5_000].map((n) => none.delayMs(n, Math.random))).toEqual([0, 0, 0]);
  expect(exponential({ maxDelayMs: 0, jitter: "none" }).delayMs(1, Math.random)).toBe(0);
});

test("a wrong option says whose it is", () => {
  expect(() => exponential({ initialDelayMs: -1 })).toThrow(/^exponential: initialDelayMs/);
  expect(() => exponential({ maxDelayMs: -1 })).toThrow(/^exponential: maxDelayMs/);
  expect(() => exponential({ factor: 0 })).toThrow(/^exponential: factor/);
});
