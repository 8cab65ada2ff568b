import fc from "fast-check";
import { type Fn, sleep, wrapHandler } from "holdfast";
import { type RecordCall, type SqsRecord, sqsBatch } from "holdfast/batching";
import { fakeContext, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { failedIds, sqsEvent } from "./sqs-fixtures.ts";

const job = fc.record({
  delayMs: fc.integer({ min: 0, max: 400 }),
  end: fc.constantFrom("ok", "ok", "ok", "throw", "hang"),
  group: fc.constantFrom("a", "b", "c", "d"),
});

const batch = fc.record({
  jobs: fc.array(job, { maxLength: 30 }),
  fifo: fc.boolean(),
  concurrency: fc.integer({ min: 1, max: 12 }),
  timeoutMs: fc.integer({ min: 0, max: 1_500 }),
  marginMs: fc.integer({ min: 0, max: 300 }),
});

type Job = (typeof job extends fc.Arbitrary<infer T> ? T : never) & { readonly index: number };

test("every record is reported or succeeded, never both; lanes keep their order; the answer is in time", async () => {
  await fc.assert(
    fc.asyncProperty(batch, async ({ jobs, fifo, concurrency, timeoutMs, marginMs }) => {
      const clock = manualRuntime();
      const succeeded = new Set<string>();
      const failed = new Set<number>();
      const begun: number[] = [];
      let running = 0;
      let most = 0;
      let answered = false;
      let startedLate = false;

      const fn: Fn<Job, void, RecordCall<SqsRecord>> = async ({ delayMs, end, index }, call) => {
        begun.push(index);
        if (answered) startedLate = true;
        running += 1;
        most = Math.max(most, running);
        try {
          if (end === "hang") await new Promise(() => {});
          await sleep(call, delayMs);
          if (end === "throw") throw new Error("no");
          if (!answered) succeeded.add(call.record.messageId);
        } catch (error) {
          failed.add(index);
          throw error;
        } finally {
          running -= 1;
        }
      };

      const event = sqsEvent(
        jobs.map((one, index) => ({ ...one, index })),
        fifo ? jobs.map((one) => one.group) : [],
      );
      const beganMs = clock.now();
      const handler = wrapHandler(sqsBatch(fn, { concurrency, marginMs }));
      const response = await clock.run(handler(event, fakeContext({ runtime: clock, timeoutMs })));
      answered = true;
      const answeredMs = clock.now();

      await clock.advance(10_000);
      expect(startedLate).toBe(false);

      const reported = failedIds(response);
      const all = event.Records.map((one) => one.messageId);
      expect([...succeeded, ...reported].toSorted()).toEqual(all.toSorted());
      expect(most).toBeLessThanOrEqual(concurrency);
      expect(answeredMs - beganMs).toBeLessThanOrEqual(Math.max(0, timeoutMs - marginMs));
      expect(clock.pendingTimers).toBe(0);
      if (!fifo) return;
      for (const group of ["a", "b", "c", "d"]) {
        const of = (indexes: readonly number[]): number[] =>
          indexes.filter((index) => jobs[index]?.group === group);
        const inGroup = of([...jobs.keys()]);
        const ran = of(begun);
        expect(ran).toEqual(inGroup.slice(0, ran.length));
        for (const index of ran.slice(0, -1)) expect(failed.has(index)).toBe(false);
      }
    }),
    { numRuns: 300 },
  );
});
