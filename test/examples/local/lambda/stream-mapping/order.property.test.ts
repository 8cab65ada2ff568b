import fc from "fast-check";
import { expect, test } from "vitest";
import type { InvokeResult } from "../../../../../examples/local/lambda/invocation.ts";
import {
  eventBytes,
  type StreamRecord,
  type StreamSource,
} from "../../../../../examples/local/lambda/stream-mapping/source.ts";
import { startStreamMapping } from "../../../../../examples/local/lambda/stream-mapping/stream-mapping.ts";
import { realClock } from "../fixtures.ts";
import { failed, mappingOf, ok, throttled } from "./set-up.ts";

interface Put {
  readonly id: number;
  readonly key: string;
}

function recordOf({ id, key }: Put, nowMs: number): StreamRecord {
  const event = { id, key };
  return {
    sequenceNumber: String(1_000 + id),
    orderingKey: key,
    arrivedAtMs: nowMs,
    event,
    filterable: event,
    bytes: eventBytes(event),
  };
}

/** A closed shard with the first records, and its child with the others, read a few at a time. */
function sourceOf(records: readonly StreamRecord[], inParent: number, page: number): StreamSource {
  const held = new Map([
    ["parent", records.slice(0, inParent)],
    ["child", records.slice(inParent)],
  ]);
  return {
    name: "kinesis:orders",
    streamArn: "arn:stream",
    batchInfoName: "KinesisBatchInfo",
    retentionMs: Number.MAX_SAFE_INTEGER,
    pollMs: 1_000,
    listShards: async () => [
      { id: "parent", parentIds: [] },
      { id: "child", parentIds: ["parent"] },
    ],
    openShard: async (id) => {
      const left = [...(held.get(id) ?? [])];
      return { read: async () => ({ records: left.splice(0, page), ended: left.length === 0 }) };
    },
  };
}

const policy = fc.record({
  batchSize: fc.integer({ min: 1, max: 7 }),
  parallelizationFactor: fc.integer({ min: 1, max: 3 }),
  bisectOnFunctionError: fc.boolean(),
  maximumRetryAttempts: fc.integer({ min: 0, max: 2 }),
});
const outcomes = fc.array(fc.oneof(fc.constantFrom("ok", "error", "throttled"), fc.nat(6)), {
  maxLength: 40,
});

test("whatever fails, every record succeeds or ends at the destination, once, and each key in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      policy,
      fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { minLength: 1, maxLength: 30 }),
      fc.nat(30),
      fc.integer({ min: 1, max: 10 }),
      outcomes,
      async (settings, keys, inParent, page, script) => {
        const clock = realClock(1_000_000);
        const put = keys.map((key, id) => ({ id, key }));
        const ended: Put[] = [];
        let call = 0;
        const mapping = await startStreamMapping({
          mapping: mappingOf({
            ...settings,
            reportBatchItemFailures: true,
            // A bucket is told the records themselves.
            onFailureArn: "arn:aws:s3:::failures",
          }),
          source: sourceOf(
            put.map((record) => recordOf(record, clock.now())),
            inParent,
            page,
          ),
          functionName: "consume",
          invoke: async (_arn, payload): Promise<InvokeResult> => {
            const { Records } = JSON.parse(payload) as { Records: Put[] };
            const outcome = script[call] ?? "ok";
            call += 1;
            if (outcome === "throttled") return throttled;
            if (outcome === "error") return failed;
            const from = typeof outcome === "number" ? outcome % Records.length : Records.length;
            ended.push(...Records.slice(0, from));
            const first = Records[from];
            return first === undefined
              ? ok()
              : ok({ batchItemFailures: [{ itemIdentifier: String(1_000 + first.id) }] });
          },
          accepts: () => true,
          deliver: async (_arn, record) => {
            const { payload } = JSON.parse(record) as { payload: string };
            ended.push(...(JSON.parse(payload) as { Records: Put[] }).Records);
          },
          clock,
          observe: () => {},
        });
        try {
          while ((await mapping.pending()) > 0) await new Promise((resolve) => setTimeout(resolve, 1));
        } finally {
          await mapping.stop();
        }
        expect([...ended].sort((a, b) => a.id - b.id)).toEqual(put);
        for (const key of new Set(keys)) {
          const ids = ended.filter((record) => record.key === key).map(({ id }) => id);
          expect(ids).toEqual([...ids].sort((a, b) => a - b));
        }
        // A child begins when its parent is done.
        const firstOfChild = ended.findIndex(({ id }) => id >= inParent);
        expect(
          ended.slice(firstOfChild < 0 ? ended.length : firstOfChild).every(({ id }) => id >= inParent),
        ).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

test("a child shard that nobody has read counts, also when its parent was finished while others were read", async () => {
  const clock = realClock(1_000);
  const [inParent, inChild] = ["a", "b"].map((key, id) => recordOf({ id, key }, clock.now()));
  const held = new Map([
    ["parent", [inParent].filter((record) => record !== undefined)],
    ["child", [inChild].filter((record) => record !== undefined)],
  ]);
  let finishParent = (): void => {};
  const parentFinishes = new Promise<void>((resolve) => {
    finishParent = resolve;
  });
  let reads = 0;
  const mapping = await startStreamMapping({
    mapping: mappingOf(),
    source: {
      ...sourceOf([], 0, 1),
      listShards: async () => [
        { id: "parent", parentIds: [] },
        { id: "child", parentIds: ["parent"] },
        { id: "other", parentIds: [] },
      ],
      openShard: async (id) => ({
        async read() {
          if (id === "other") {
            reads += 1;
            if (reads > 1) finishParent();
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
          return { records: held.get(id)?.splice(0) ?? [], ended: id !== "other" };
        },
      }),
    },
    functionName: "consume",
    invoke: async () => {
      await parentFinishes;
      return ok();
    },
    accepts: () => true,
    deliver: async () => {},
    clock,
    observe: () => {},
  });
  try {
    expect(await mapping.pending()).toBeGreaterThan(0);
    while ((await mapping.pending()) > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(held.get("child")).toEqual([]);
  } finally {
    await mapping.stop();
  }
});
