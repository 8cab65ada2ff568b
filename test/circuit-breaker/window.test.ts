import fc from "fast-check";
import { expect, test } from "vitest";
import { bucketWindow, type Counts, ringWindow } from "../../src/circuit-breaker/window.ts";

interface Ended {
  readonly afterMs: number;
  readonly failed: boolean;
  readonly slow: boolean;
}

const ended: fc.Arbitrary<Ended> = fc.record({
  afterMs: fc.nat(400),
  failed: fc.boolean(),
  slow: fc.boolean(),
});

function countsOf(calls: readonly Ended[]): Counts {
  return {
    calls: calls.length,
    failures: calls.filter(({ failed }) => failed).length,
    slow: calls.filter(({ slow }) => slow).length,
  };
}

test("a ring holds the last so many calls, after each call", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(ended, { maxLength: 30 }), (size, calls) => {
      const window = ringWindow(size);
      for (const [at, { failed, slow }] of calls.entries()) {
        const last = calls.slice(Math.max(0, at + 1 - size), at + 1);
        expect(window.add(0, failed, slow)).toEqual(countsOf(last));
      }
    }),
  );
});

test("buckets hold the calls of ten tenths of the window, after each call, at whatever time they begin", () => {
  const windowMs = 1_000;
  fc.assert(
    fc.property(fc.constantFrom(0, 1_000_000), fc.array(ended, { maxLength: 30 }), (beganMs, calls) => {
      const window = bucketWindow(windowMs);
      let nowMs = beganMs;
      const seen: { readonly call: Ended; readonly tenth: number }[] = [];
      for (const call of calls) {
        nowMs += call.afterMs;
        const tenth = Math.floor(nowMs / 100);
        seen.push({ call, tenth });
        const inWindow = seen.filter((one) => one.tenth > tenth - 10).map((one) => one.call);
        expect(window.add(nowMs, call.failed, call.slow)).toEqual(countsOf(inWindow));
      }
    }),
  );
});

test("what lies in the future of a clock that was put back is never counted again, when time has come round to it", () => {
  const window = bucketWindow(10_000);
  for (let n = 0; n < 9; n++) window.add(4_000_000, true, false);
  expect(window.add(100_000, true, false)).toEqual({ calls: 1, failures: 1, slow: 0 });
  expect(window.add(4_000_000, true, false)).toEqual({ calls: 1, failures: 1, slow: 0 });
});
