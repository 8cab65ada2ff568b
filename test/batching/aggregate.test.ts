import fc from "fast-check";
import { type Call, deriveCall, rootCall, sleep, wrap, wrapHandler } from "holdfast";
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

test("one that gives up while it waits hears why, and the others still go together", async () => {
  const clock = manualRuntime();
  const taken: (readonly number[])[] = [];
  const together = aggregate(
    async (inputs: readonly number[]) => {
      taken.push(inputs);
      return inputs.map(() => ({ ok: true as const }));
    },
    { maxRecords: 10, maxMs: 50 },
  );
  const root = rootCall({ runtime: clock, timeoutMs: 60_000 });
  const impatient = together(1, deriveCall(root, { deadlineMs: clock.now() + 10 }));
  const others = [together(2, deriveCall(root)), together(3, deriveCall(root))];
  const gaveUp = expect(impatient).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  await clock.run(Promise.all(others));
  await gaveUp;
  expect(taken).toEqual([[2, 3]]);
});

test("when all have given up nothing is sent, and no timer is left; what came together leaves none either", async () => {
  const clock = manualRuntime();
  let calls = 0;
  const together = aggregate(
    async (inputs: readonly number[]) => {
      calls += 1;
      return inputs.map(() => ({ ok: true as const }));
    },
    { maxRecords: 2, maxMs: 50 },
  );
  const root = rootCall({ runtime: clock, timeoutMs: 60_000 });
  const alone = together(1, deriveCall(root, { deadlineMs: clock.now() + 10 }));
  const gaveUp = expect(alone).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  await clock.advance(10);
  await gaveUp;
  expect([calls, clock.pendingTimers]).toEqual([0, 0]);
  await Promise.all([together(2, root), together(3, root)]);
  expect([calls, clock.pendingTimers]).toEqual([1, 0]);
});

test("each fails with its own error, and what the function leaves running is refused", async () => {
  let left: Call | undefined;
  const errors = [new Error("one"), new Error("two")];
  const together = aggregate(
    async (_inputs: readonly number[], call) => {
      left = call;
      return errors.map((error) => ({ ok: false as const, error }));
    },
    { maxRecords: 2, maxMs: 50 },
  );
  const call = rootCall();
  const ends = await Promise.allSettled([together(1, call), together(2, call)]);
  expect(ends).toEqual(errors.map((reason) => ({ status: "rejected", reason })));
  const effect = wrap(async () => {});
  await expect(effect(undefined, left as Call)).rejects.toMatchObject({ code: "CALL_ENDED" });
});

test.each([
  [undefined, { maxRecords: 2, maxMs: 5 }, /must be a function/],
  [async () => [], { maxRecords: 0, maxMs: 5 }, /maxRecords must be a whole number of at least 1/],
  [async () => [], { maxRecords: 1.5, maxMs: 5 }, /maxRecords must be a whole number/],
  [async () => [], { maxRecords: 2, maxMs: -1 }, /maxMs must be a number of at least 0/],
  [async () => [], { maxRecords: 2, maxMs: 5, max: 1 }, /there is no option "max"/],
])("wrong options of aggregate are refused where they are given (%#)", (fn, options, message) => {
  expect(() => aggregate(fn as never, options)).toThrow(message);
});
