import fc from "fast-check";
import { InvalidOptionError } from "holdfast";
import { type Backoff, constant, exponential, type Jitter, linear } from "holdfast/retry";
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
  [{ jitter: "some" as "full" }, /jitter must be "full" or "equal" or "decorrelated" or "none"/],
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

test.each<[() => unknown, RegExp]>([
  [() => linear({ initialDelayMs: -1 }), /^linear: initialDelayMs/],
  [() => linear({ stepMs: -1 }), /^linear: stepMs/],
  [() => linear({ maxDelayMs: -1 }), /^linear: maxDelayMs/],
  [() => linear({ jitter: "some" as "full" }), /^linear: jitter/],
  [() => linear({ step: 1 } as never), /^linear: there is no option "step"/],
  [() => constant({ delayMs: -1 }), /^constant: delayMs/],
  [() => constant({ delay: 1 } as never), /^constant: there is no option "delay"/],
])("a wrong option of the others is refused as well: %s", (make, message) => {
  expect(make).toThrow(message);
});

test("a wait of nothing is allowed, as a first one, a step, a cap", () => {
  for (const backoff of [
    linear({ initialDelayMs: 0, jitter: "none" }),
    linear({ maxDelayMs: 0, jitter: "none" }),
    constant({ delayMs: 0, jitter: "none" }),
  ]) {
    expect(backoff.delayMs(3, Math.random)).toBe(0);
  }
});

test("without other words, linear waits end at 20 s, and constant ones are 100 ms", () => {
  expect(linear({ stepMs: 15_000, jitter: "none" }).delayMs(9, Math.random)).toBe(20_000);
  expect(constant({ jitter: "none" }).delayMs(9, Math.random)).toBe(100);
});

test("linear waits grow by the same step up to the cap", () => {
  const backoff = linear({ initialDelayMs: 100, maxDelayMs: 250, jitter: "none" });
  expect([1, 2, 3, 1_024].map((n) => backoff.delayMs(n, Math.random))).toEqual([100, 200, 250, 250]);
  expect(linear({ stepMs: 0, jitter: "none" }).delayMs(9, Math.random)).toBe(100);
});

test("constant waits do not grow", () => {
  const backoff = constant({ delayMs: 500, jitter: "none" });
  expect([1, 2, 1_024].map((n) => backoff.delayMs(n, Math.random))).toEqual([500, 500, 500]);
});

test.each<[Jitter, number, number]>([
  ["full", 0, 999],
  ["equal", 500, 999.5],
  ["none", 1_000, 1_000],
])("jitter %s draws from %d to %d of a limit of 1,000", (jitter, low, high) => {
  const { delayMs } = exponential({ initialDelayMs: 1_000, jitter });
  expect(delayMs(1, () => 0)).toBe(low);
  expect(delayMs(1, () => 0.999)).toBeCloseTo(high, 3);
});

test("decorrelated jitter draws from the first limit to three times the last wait, capped first", () => {
  const { delayMs } = exponential({ initialDelayMs: 100, maxDelayMs: 1_000, jitter: "decorrelated" });
  expect(delayMs(1, () => 0.5)).toBe(100);
  expect(delayMs(2, () => 0.5, 100)).toBe(200);
  expect(delayMs(9, () => 0.5, 900)).toBe(550);
  expect(delayMs(9, () => 0.999, 900)).toBeLessThan(1_000);
});

test("a wait before which there was none is not decorrelated from anything", () => {
  for (const backoff of [exponential, linear]) {
    const { delayMs } = backoff({ initialDelayMs: 1, jitter: "decorrelated" });
    expect(delayMs(1, () => 0.5)).toBe(1);
  }
});

test("a crowd is not on the cap: at attempt 12 hardly a wait is, whatever the jitter but none", () => {
  for (const jitter of ["full", "equal", "decorrelated"] as const) {
    const backoff = exponential({ initialDelayMs: 100, maxDelayMs: 1_000, jitter });
    const waits = Array.from({ length: 1_000 }, (_, n) => backoff.delayMs(12, () => n / 1_000, 1_000));
    expect(waits.filter((ms) => ms >= 999).length).toBeLessThan(5);
  }
});

test("every backoff gives a number from 0 to its cap, also at attempt 1,024 and after any last wait", () => {
  const jitters = fc.constantFrom<Jitter>("full", "equal", "decorrelated", "none");
  const backoffs: fc.Arbitrary<Backoff> = fc
    .tuple(fc.boolean(), fc.nat(100_000), fc.nat(100_000), jitters)
    .map(([grows, initialDelayMs, maxDelayMs, jitter]) =>
      (grows ? exponential : linear)({ initialDelayMs, maxDelayMs, jitter }),
    );
  fc.assert(
    fc.property(backoffs, fc.integer({ min: 1, max: 5_000 }), fc.nat(10 ** 9), (backoff, attempt, lastMs) => {
      const delay = backoff.delayMs(attempt, () => 0.999, lastMs);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(100_000);
    }),
  );
});

test("a constant wait has nothing to be decorrelated from", () => {
  expect(() => constant({ jitter: "decorrelated" as "full" })).toThrow(/^constant: jitter must be/);
});
