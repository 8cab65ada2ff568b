import fc from "fast-check";
import { rootCall, sleep, wrapHandler } from "holdfast";
import { aggregate, type BulkResult, type PoisonedRecord, sqsBatch } from "holdfast/batching";
import { fakeContext, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { failedIds, sqsEvent } from "./sqs-fixtures.ts";

const allOk = (inputs: readonly number[]): BulkResult[] => inputs.map(() => ({ ok: true }));

test("inputs go together as soon as there are enough, and the rest when the first has waited long enough", async () => {
  const clock = manualRuntime();
  const calls: [readonly number[], number][] = [];
  const beganMs = clock.now();
  const store = aggregate(
    async (inputs: readonly number[]) => {
      calls.push([inputs, clock.now() - beganMs]);
      return allOk(inputs);
    },
    { maxRecords: 3, maxMs: 50 },
  );
  const handler = wrapHandler(sqsBatch(store, { concurrency: 10 }));
  const response = await clock.run(handler(sqsEvent([1, 2, 3, 4]), fakeContext({ runtime: clock })));
  expect(failedIds(response)).toEqual([]);
  expect(calls).toEqual([
    [[1, 2, 3], 0],
    [[4], 50],
  ]);
  expect(clock.pendingTimers).toBe(0);
});

test("each input has its own result, and a rejection is everyone's", async () => {
  const clock = manualRuntime();
  const store = aggregate(
    async (inputs: readonly number[]) => {
      if (inputs.includes(9)) throw new Error("no");
      return inputs.map((n) =>
        n === 2 ? { ok: false as const, error: "no", retryable: true } : { ok: true as const },
      );
    },
    { maxRecords: 2, maxMs: 10 },
  );
  const event = sqsEvent([1, 2, 9, 3]);
  const response = await clock.run(sqsBatch(store)(event, rootCall({ runtime: clock })));
  expect(failedIds(response)).toEqual(["m-1", "m-2", "m-3"]);
});

test("an input that its target can never take is set aside, and one that says nothing of it comes again", async () => {
  const clock = manualRuntime();
  const refusal = Object.assign(new Error("Number overflow."), { name: "ValidationException" });
  const store = aggregate(
    async (inputs: readonly number[]) =>
      inputs.map((n) => ({ ok: false as const, error: refusal, ...(n === 1 ? { retryable: false } : {}) })),
    { maxRecords: 2, maxMs: 10 },
  );
  const aside: unknown[] = [];
  const poison = { to: async ({ identifier, reason }: PoisonedRecord) => aside.push([identifier, reason]) };
  const response = await clock.run(
    sqsBatch(store, { poison })(sqsEvent([1, 2]), rootCall({ runtime: clock })),
  );
  expect(failedIds(response)).toEqual(["m-1"]);
  const message = "The input was refused for good: ValidationException. The cause says why.";
  expect(aside).toEqual([["m-0", { kind: "terminal", name: "TerminalError", code: "TERMINAL", message }]]);
});

test.each([[[]], [undefined], [[{ ok: true }]]])(
  "an answer %j of another length fails all",
  async (answer) => {
    const clock = manualRuntime();
    const store = aggregate(async (_inputs: readonly number[]) => answer as never, {
      maxRecords: 2,
      maxMs: 10,
    });
    const response = await clock.run(sqsBatch(store)(sqsEvent([1, 2]), rootCall({ runtime: clock })));
    expect(failedIds(response)).toEqual(["m-0", "m-1"]);
  },
);

test("inputs of two invocations never go together", async () => {
  const clock = manualRuntime();
  const calls: (readonly number[])[] = [];
  const store = aggregate(
    async (inputs: readonly number[]) => {
      calls.push(inputs);
      return allOk(inputs);
    },
    { maxRecords: 2, maxMs: 10 },
  );
  const one = store(1, rootCall({ runtime: clock }));
  const two = store(2, rootCall({ runtime: clock }));
  await clock.run(Promise.all([one, two]));
  expect(calls).toEqual([[1], [2]]);
});

test("an input whose call is over stops waiting, and leaves no timer", async () => {
  const clock = manualRuntime();
  const store = aggregate(async (inputs: readonly number[]) => allOk(inputs), {
    maxRecords: 2,
    maxMs: 60_000,
  });
  const handler = wrapHandler(sqsBatch(store));
  const response = await clock.run(handler(sqsEvent([1]), fakeContext({ runtime: clock, timeoutMs: 1_000 })));
  expect(failedIds(response)).toEqual(["m-0"]);
  expect(clock.pendingTimers).toBe(0);
});

test("every input is handed over once, in its invocation, and at most maxRecords at a time", async () => {
  const plan = fc.record({
    count: fc.integer({ min: 0, max: 40 }),
    maxRecords: fc.integer({ min: 1, max: 12 }),
    maxMs: fc.nat(100),
    concurrency: fc.integer({ min: 1, max: 15 }),
    tookMs: fc.nat(50),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ count, maxRecords, maxMs, concurrency, tookMs }) => {
      const clock = manualRuntime();
      const seen: number[] = [];
      const store = aggregate(
        async (inputs: readonly number[], call) => {
          expect(inputs.length).toBeLessThanOrEqual(maxRecords);
          seen.push(...inputs);
          await sleep(call, tookMs);
          return allOk(inputs);
        },
        { maxRecords, maxMs },
      );
      const event = sqsEvent([...Array(count).keys()]);
      const response = await clock.run(sqsBatch(store, { concurrency })(event, rootCall({ runtime: clock })));
      expect(failedIds(response)).toEqual([]);
      expect(seen.toSorted((a, b) => a - b)).toEqual([...Array(count).keys()]);
      expect(clock.pendingTimers).toBe(0);
    }),
    { numRuns: 60 },
  );
});
