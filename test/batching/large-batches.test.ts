import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { rootCall } from "holdfast";
import { kafkaBatch, kinesisBatch, sqsBatch } from "holdfast/batching";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { mskEvent, partitioned } from "./fixtures/kafka.ts";
import { kinesisEvent } from "./fixtures/kinesis.ts";
import { sqsEvent } from "./sqs-fixtures.ts";

const MANY = 10_000;
const bodies = Array.from({ length: MANY }, (_, n) => n);
const lanes = bodies.map((n) => n % 37);

/** Counts what is there at once: calls of records that have begun and whose work has not settled. */
function held() {
  let now = 0;
  let most = 0;
  return {
    most: () => most,
    work: async (): Promise<void> => {
      now += 1;
      most = Math.max(most, now);
      await Promise.resolve();
      now -= 1;
    },
  };
}

test.each([
  ["sqsBatch", (work: () => Promise<void>) => sqsBatch(work)(sqsEvent(bodies), rootCall())],
  [
    "sqsBatch, FIFO",
    (work: () => Promise<void>) => sqsBatch(work)(sqsEvent(bodies, lanes.map(String)), rootCall()),
  ],
  [
    "kinesisBatch",
    (work: () => Promise<void>) => kinesisBatch(work)(kinesisEvent(bodies, lanes.map(String)), rootCall()),
  ],
  [
    "kafkaBatch",
    (work: () => Promise<void>) => kafkaBatch(work)(mskEvent(partitioned(bodies, lanes)), rootCall()),
  ],
])("10,000 records of %s run ten at a time", async (_name, run) => {
  const { work, most } = held();
  expect(await run(work)).toEqual({ batchItemFailures: [] });
  expect(most()).toBe(10);
});

test("the calls of records that have settled can be collected while the batch is still running", async () => {
  const kept: WeakRef<object>[] = [];
  let alive = Number.NaN;
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  await sqsBatch(async (n: number, call) => {
    kept.push(new WeakRef(call));
    await new Promise((resolve) => setImmediate(resolve));
    if (n !== 999) return;
    collect();
    alive = kept.filter((ref) => ref.deref() !== undefined).length;
  })(sqsEvent(bodies.slice(0, 1_000)), rootCall());
  expect(alive).toBeLessThanOrEqual(2 * 10);
});

test("all 10,000 failed means all 10,000 listed", async () => {
  const fail = async (): Promise<void> => {
    throw new Error("no");
  };
  const response = await sqsBatch(fail)(sqsEvent(bodies), rootCall());
  expect(response.batchItemFailures).toHaveLength(MANY);
});

/** How many records still start after the deadline, when none ever leaves the processor for a timer to fire. */
async function startedTooLate(tookMs: (n: number) => number, timeoutMs = 60_000): Promise<number> {
  let nowMs = 1_700_000_000_000;
  const runtime = { ...manualRuntime(), now: () => nowMs };
  const call = rootCall({ runtime, timeoutMs });
  let late = 0;
  await sqsBatch(async (n: number) => {
    if (nowMs >= call.deadlineMs) late += 1;
    nowMs += tookMs(n);
  })(sqsEvent(bodies), call);
  return late;
}

test("records that keep the processor for milliseconds each are asked one by one whether the time is up", async () => {
  expect(await startedTooLate(() => 3)).toBe(0);
});

test("near its end a batch asks before every record, however quick those before were", async () => {
  for (let slow = 0; slow < 100; slow += 1) {
    expect(await startedTooLate((n) => (n < slow ? 0 : 500), 1_000)).toBe(0);
  }
});

test("a record that keeps the processor beyond the deadline is followed by fifteen quick ones at most", async () => {
  for (let slow = 0; slow < 100; slow += 1) {
    expect(await startedTooLate((n) => (n === slow ? 70_000 : 0))).toBeLessThanOrEqual(15);
  }
});
