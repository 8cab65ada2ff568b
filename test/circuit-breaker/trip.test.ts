import fc from "fast-check";
import {
  consecutiveFailures,
  countWindow,
  type RateOptions,
  type Trip,
  timeWindow,
} from "holdfast/circuit-breaker";
import { describe, expect, test } from "vitest";

interface Ended {
  readonly afterMs: number;
  readonly failed: boolean;
  readonly durationMs: number;
}

/** After which call it would open, from 0; undefined: never. */
function opensAt(trip: Trip, calls: readonly Ended[]): number | undefined {
  const counts = trip.begin();
  let nowMs = 1_000_000;
  for (const [index, { afterMs, failed, durationMs }] of calls.entries()) {
    nowMs += afterMs;
    if (counts[failed ? "failed" : "succeeded"](nowMs, durationMs)) return index;
  }
  return undefined;
}

const ended: fc.Arbitrary<Ended> = fc.record({
  afterMs: fc.nat(5_000),
  failed: fc.boolean(),
  durationMs: fc.nat(2_000),
});

const rates: fc.Arbitrary<Required<RateOptions>> = fc.record({
  failureRate: fc.constantFrom(0.1, 0.5, 1),
  minimumCalls: fc.integer({ min: 1, max: 8 }),
  slowCallMs: fc.constantFrom(500, 1_500),
  slowCallRate: fc.constantFrom(0.3, 1),
});

/** The same rule, written as it is said: from the list of all calls, each time anew. */
function asSaid(
  inWindow: (calls: readonly Ended[], at: number) => readonly Ended[],
  of: Required<RateOptions>,
) {
  return (calls: readonly Ended[]): number | undefined => {
    const found = calls.findIndex((_, at) => {
      const seen = inWindow(calls.slice(0, at + 1), at);
      if (seen.length < of.minimumCalls) return false;
      const failures = seen.filter(({ failed }) => failed).length;
      const slow = seen.filter(({ durationMs }) => durationMs > of.slowCallMs).length;
      return failures >= of.failureRate * seen.length || (slow > 0 && slow >= of.slowCallRate * seen.length);
    });
    return found === -1 ? undefined : found;
  };
}

test("consecutiveFailures opens exactly at the nth failure in a row", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(ended, { maxLength: 40 }), (threshold, calls) => {
      const expected = calls.findIndex((_, at) => {
        const last = calls.slice(Math.max(0, at + 1 - threshold), at + 1);
        return last.length === threshold && last.every(({ failed }) => failed);
      });
      expect(opensAt(consecutiveFailures(threshold), calls)).toBe(expected === -1 ? undefined : expected);
    }),
  );
});

test("countWindow opens exactly when the share of the last calls says so", () => {
  fc.assert(
    fc.property(
      rates,
      fc.integer({ min: 8, max: 20 }),
      fc.array(ended, { maxLength: 60 }),
      (of, size, calls) => {
        const expected = asSaid((seen) => seen.slice(-size), of)(calls);
        expect(opensAt(countWindow({ ...of, size }), calls)).toBe(expected);
      },
    ),
  );
});

test("timeWindow opens exactly when the share of the calls in its ten buckets says so", () => {
  const windowMs = 10_000;
  fc.assert(
    fc.property(rates, fc.array(ended, { maxLength: 60 }), (of, calls) => {
      const times: number[] = [];
      calls.reduce((nowMs, { afterMs }) => {
        times.push(nowMs + afterMs);
        return nowMs + afterMs;
      }, 1_000_000);
      const bucket = (at: number) => Math.floor((times[at] ?? 0) / 1_000);
      const inWindow = (seen: readonly Ended[], at: number) =>
        seen.filter((_, index) => bucket(index) > bucket(at) - 10);
      expect(opensAt(timeWindow({ ...of, windowMs }), calls)).toBe(asSaid(inWindow, of)(calls));
    }),
  );
});

describe("timeWindow", () => {
  test("one failure every ten minutes never opens a window of ten seconds", () => {
    const calls = Array.from({ length: 500 }, () => ({ afterMs: 600_000, failed: true, durationMs: 1 }));
    expect(opensAt(timeWindow({ windowMs: 10_000, minimumCalls: 2 }), calls)).toBeUndefined();
  });

  test("a call that takes just as long as is allowed is not slow", () => {
    const calls = Array.from({ length: 10 }, () => ({ afterMs: 10, failed: false, durationMs: 2_000 }));
    expect(opensAt(timeWindow({ slowCallMs: 2_000 }), calls)).toBeUndefined();
  });

  test("is ten seconds long without other words", () => {
    const opens = (firstMs: number, secondMs: number): boolean => {
      const counts = timeWindow({ minimumCalls: 2 }).begin();
      counts.failed(firstMs, 1);
      return counts.failed(secondMs, 1);
    };
    expect(opens(1_000_000, 1_009_999)).toBe(true);
    expect(opens(999_999, 1_009_000)).toBe(false);
  });

  test("opens on calls that are slow, though none fails", () => {
    const calls = Array.from({ length: 10 }, () => ({ afterMs: 10, failed: false, durationMs: 3_000 }));
    expect(opensAt(timeWindow({ slowCallMs: 2_000 }), calls)).toBe(9);
  });

  test("a clock that is put back leaves nothing of what was counted at later times", () => {
    const counts = timeWindow({ windowMs: 10_000, minimumCalls: 2 }).begin();
    counts.failed(1_000_000, 1);
    expect(counts.failed(900_000, 1)).toBe(false);
  });
});

test("consecutiveFailures opens at the fifth without other words", () => {
  const calls = Array.from({ length: 9 }, () => ({ afterMs: 10, failed: true, durationMs: 1 }));
  expect(opensAt(consecutiveFailures(), calls)).toBe(4);
});

test("only where it matters do they want to know how long calls take", () => {
  const trips = [consecutiveFailures(), countWindow({ slowCallMs: 100 }), timeWindow()];
  expect(trips.map((trip) => trip.begin().timed)).toEqual([false, true, true]);
});

test.each<[() => unknown, RegExp]>([
  [() => consecutiveFailures(0), /consecutiveFailures: threshold/],
  [() => consecutiveFailures(1.5), /consecutiveFailures: threshold/],
  [() => countWindow({ size: 0, minimumCalls: 0 }), /countWindow: size/],
  [() => countWindow({ size: 10.5 }), /countWindow: size/],
  [() => countWindow({ size: 10_001 }), /countWindow: size/],
  [() => countWindow({ size: 5 }), /minimumCalls must not be more than size/],
  [() => countWindow({ minimumCalls: 101 }), /minimumCalls must not be more than size/],
  [() => countWindow({ failureRate: 0 }), /failureRate must be above 0/],
  [() => countWindow({ failureRate: -0.5 }), /countWindow: failureRate/],
  [() => countWindow({ windowMs: 1_000 } as never), /there is no option "windowMs"/],
  [() => timeWindow({ windowMs: 9 }), /windowMs/],
  [() => timeWindow({ slowCallRate: 2 }), /slowCallRate/],
  [() => timeWindow({ slowCallMs: 0.5 }), /slowCallMs/],
  [() => timeWindow({ minimumCalls: 0 }), /minimumCalls/],
  [() => timeWindow({ minimumCalls: 1.5 }), /minimumCalls/],
  [() => timeWindow({ size: 10 } as never), /there is no option "size"/],
])("a wrong option is refused by name: %s", (make, message) => {
  expect(make).toThrow(message);
});

test("what is just within its bounds is allowed", () => {
  consecutiveFailures(1);
  countWindow({ minimumCalls: 100 });
  countWindow({ size: 1, minimumCalls: 1, failureRate: 1 });
  countWindow({ size: 10_000 });
  timeWindow({ windowMs: 10, slowCallMs: 1, minimumCalls: 1 });
});
