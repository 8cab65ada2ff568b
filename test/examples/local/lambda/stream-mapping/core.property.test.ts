import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Attempt,
  afterInvocation,
  firstAttempt,
  type RetrySettings,
  withoutOld,
} from "../../../../../examples/local/lambda/stream-mapping/attempt.ts";
import { cutBatch } from "../../../../../examples/local/lambda/stream-mapping/batch.ts";
import type { Verdict } from "../../../../../examples/local/lambda/stream-mapping/checkpoint.ts";
import { laneOf } from "../../../../../examples/local/lambda/stream-mapping/lane.ts";
import { windowOf } from "../../../../../examples/local/lambda/stream-mapping/tumbling-window.ts";

interface Run {
  /** Every record in the order in which it came to its end. */
  readonly ended: number[];
  readonly discarded: number[];
  readonly invocations: number;
  readonly splits: number;
}

/** Works through a batch as a lane does: what comes again comes before everything else. */
function runBatch(
  size: number,
  settings: RetrySettings,
  invoke: (records: readonly number[], call: number) => Verdict,
): Run {
  let begun: readonly Attempt<number>[] = [firstAttempt(Array.from({ length: size }, (_, index) => index))];
  const ended: number[] = [];
  const discarded: number[] = [];
  let invocations = 0;
  let splits = 0;
  for (;;) {
    const [attempt, ...rest] = begun;
    if (attempt === undefined) return { ended, discarded, invocations, splits };
    const step = afterInvocation(attempt, invoke(attempt.records, invocations), settings);
    invocations += 1;
    if (step.again.length > 1) splits += 1;
    ended.push(...step.done, ...(step.discarded?.records ?? []));
    discarded.push(...(step.discarded?.records ?? []));
    begun = [...step.again, ...rest];
  }
}

const failed = (from: number, ran = true): Verdict => ({ next: "again", from, ran, problem: "no" });
const settings = fc.record({
  bisectOnFunctionError: fc.boolean(),
  maximumRetryAttempts: fc.integer({ min: 0, max: 4 }),
});
/** What each invocation comes to: success, throttling, an error, or a checkpoint within the batch. */
const outcomes = fc.array(
  fc.oneof(
    fc.constant("ok" as const),
    fc.constant("throttled" as const),
    fc.constant("error" as const),
    fc.nat(60),
  ),
  { maxLength: 200 },
);

test("whatever invocations fail, every record succeeds or is discarded, once and in order", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), settings, outcomes, (size, policy, script) => {
      const { ended } = runBatch(size, policy, (records, call) => {
        const outcome = script[call] ?? "ok";
        if (outcome === "ok") return { next: "done" };
        if (outcome === "throttled") return failed(0, false);
        return outcome === "error" ? failed(0) : failed(outcome % records.length);
      });
      expect(ended).toEqual(Array.from({ length: size }, (_, index) => index));
    }),
    { numRuns: 400 },
  );
});

test("bisecting finds one poison record in log2(n) splits and discards it alone", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }),
      fc.nat(),
      fc.integer({ min: 0, max: 5 }),
      (size, at, maximumRetryAttempts) => {
        const poison = at % size;
        const { discarded, splits, invocations } = runBatch(
          size,
          { bisectOnFunctionError: true, maximumRetryAttempts },
          (records) => (records.includes(poison) ? failed(0) : { next: "done" }),
        );
        const depth = Math.ceil(Math.log2(size));
        expect(discarded).toEqual([poison]);
        expect(splits).toBeLessThanOrEqual(depth);
        // Each split costs itself and its healthy half; the record alone is tried as often as may be.
        expect(invocations).toBeLessThanOrEqual(2 * depth + 1 + maximumRetryAttempts);
      },
    ),
  );
});

test("bisecting with partial responses cuts at the poison record, and discards it alone", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (size, at) => {
      const poison = at % size;
      const { discarded, splits } = runBatch(
        size,
        { bisectOnFunctionError: true, maximumRetryAttempts: 1 },
        (records) => (records.includes(poison) ? failed(records.indexOf(poison)) : { next: "done" }),
      );
      expect(discarded).toEqual([poison]);
      expect(splits).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
    }),
  );
});

test("without bisecting, a batch is tried once and as often again as it may be", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(6), (size, maximumRetryAttempts) => {
      const run = runBatch(size, { bisectOnFunctionError: false, maximumRetryAttempts }, () => failed(0));
      expect(run.invocations).toBe(1 + maximumRetryAttempts);
      expect(run.discarded).toHaveLength(size);
    }),
  );
});

test("throttling is tried again without counting", () => {
  fc.assert(
    fc.property(fc.nat(50), (throttles) => {
      const run = runBatch(3, { bisectOnFunctionError: true, maximumRetryAttempts: 0 }, (_records, call) =>
        call < throttles ? failed(0, false) : { next: "done" },
      );
      expect([run.discarded, run.splits, run.invocations]).toEqual([[], 0, throttles + 1]);
    }),
  );
});

test("what is too old goes from the beginning, and nothing else", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(100)), fc.nat(100), (ages, limit) => {
      const records = [...ages].sort((a, b) => b - a);
      const { old, left } = withoutOld(firstAttempt(records), (age) => age > limit);
      expect([...old, ...left.records]).toEqual(records);
      expect(old.every((age) => age > limit) && left.records.every((age) => age <= limit)).toBe(true);
    }),
  );
});

test("batches hold as much as fits, at least one record, and leave nothing out", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 50 })),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 100 }),
      (sizes, maxRecords, maxBytes) => {
        let waiting = sizes.map((bytes) => ({ bytes }));
        while (waiting.length > 0) {
          const { count, full } = cutBatch(waiting, maxRecords, maxBytes);
          expect(count).toBeGreaterThan(0);
          const total = (upTo: number) => waiting.slice(0, upTo).reduce((sum, { bytes }) => sum + bytes, 0);
          expect(count === 1 || (count <= maxRecords && total(count) <= maxBytes)).toBe(true);
          if (count < waiting.length) expect(count === maxRecords || total(count + 1) > maxBytes).toBe(true);
          expect(full || count === waiting.length).toBe(true);
          waiting = waiting.slice(count);
        }
      },
    ),
  );
});

test("a key always takes the same lane of those there are", () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 10 }), (key, lanes) => {
      const lane = laneOf(key, lanes);
      expect(lane).toBe(laneOf(key, lanes));
      expect(lane >= 0 && lane < lanes).toBe(true);
    }),
  );
  const used = new Set(Array.from({ length: 200 }, (_, index) => laneOf(`key-${index}`, 10)));
  expect(used.size).toBe(10);
});

test("every moment lies in one window, and windows follow without gaps", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 900_000 }), (ms, lengthMs) => {
      const { startMs, endMs } = windowOf(ms, lengthMs);
      expect(startMs <= ms && ms < endMs && endMs - startMs === lengthMs).toBe(true);
      expect(windowOf(endMs, lengthMs).startMs).toBe(endMs);
    }),
  );
});
