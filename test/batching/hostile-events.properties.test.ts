import fc from "fast-check";
import { type Call, type Fn, rootCall } from "holdfast";
import {
  dynamoStreamBatch,
  dynamoTumblingWindow,
  eventBridgeEvents,
  kafkaBatch,
  kinesisBatch,
  s3Events,
  snsEvents,
  sqsBatch,
  sqsBulk,
  sqsFifoBatch,
  tumblingWindow,
} from "holdfast/batching";
import { describe, expect, test } from "vitest";
import { streamEvent } from "./fixtures/dynamodb-stream.ts";
import { mskEvent, partitioned } from "./fixtures/kafka.ts";
import { kinesisEvent } from "./fixtures/kinesis.ts";
import { eventBridgeEvent, s3Event, snsEvent } from "./fixtures/whole-events.ts";
import { sqsEvent } from "./sqs-fixtures.ts";

const done = async (): Promise<void> => {};
/** Writes what is set aside, as a writer would. */
const poison = { to: async (poisoned: unknown): Promise<void> => void JSON.stringify(poisoned) };
const window = {
  window: { start: "2026-11-01T00:00:00Z", end: "2026-11-01T00:02:00Z" },
  state: {},
  isFinalInvokeForWindow: false,
  isWindowTerminatedEarly: false,
};
const counting = { initial: () => 0, add: (count: number) => count + 1, close: done, poison };

const sources: readonly (readonly [string, object, unknown])[] = [
  ["sqsBatch", sqsEvent([1, 2, 3]), sqsBatch(done, { poison: { ...poison, afterReceives: 2 } })],
  ["sqsFifoBatch", sqsEvent([1, 2, 3], ["a", "a", "b"]), sqsFifoBatch(done, { poison })],
  [
    "sqsBulk",
    sqsEvent([1, 2, 3], ["a", "a", "b"]),
    sqsBulk(async (all) => all.map(() => ({ ok: true as const }))),
  ],
  ["kinesisBatch", kinesisEvent([1, 2, 3], ["a", "b", "a"]), kinesisBatch(done, { poison })],
  ["dynamoStreamBatch", streamEvent([1, 2, 3], ["a", "b", "a"]), dynamoStreamBatch(done, { poison })],
  ["kafkaBatch", mskEvent(partitioned([1, 2, 3], [0, 0, 1])), kafkaBatch(done, { poison })],
  ["s3Events", s3Event(["a", "b"]), s3Events(done, { poison })],
  ["snsEvents", snsEvent([1, 2]), snsEvents(done, { poison })],
  ["eventBridgeEvents", eventBridgeEvent({ a: 1 }), eventBridgeEvents(done, { poison })],
  ["tumblingWindow", { ...kinesisEvent([1, 2]), ...window }, tumblingWindow(counting)],
  ["dynamoTumblingWindow", { ...streamEvent([1, 2]), ...window }, dynamoTumblingWindow(counting)],
];

/** What JSON can have where something else is expected, one that has no text included. */
const odd = fc.constantFrom<unknown>(undefined, null, 0, -1, 1.5, "", "x", "\ud800", true, [], {}, [null], {
  toString: null,
});

type Path = readonly (string | number)[];

function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return [path, ...members.flatMap(([name, member]) => pathsIn(member, [...path, name]))];
}

function withMember(value: unknown, path: Path, member: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return member;
  const old = value as Readonly<Record<string, unknown>>;
  const changed = withMember(old[name], rest, member);
  if (!Array.isArray(value)) return { ...old, [name]: changed };
  return value.map((one, index) => (index === Number(name) ? changed : one));
}

describe.each(sources)("%s", (_name, event, batch) => {
  test("whatever one member of the event is: the event is refused, or answered with its failures", async () => {
    const run = batch as Fn<unknown, unknown, Call>;
    const paths = pathsIn(event);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), odd, async (path, member) => {
        const outcome = await run(withMember(event, path, member), rootCall()).catch((error) => error);
        if (outcome instanceof Error) {
          expect(["WRONG_EVENT", "RECORDS_FAILED", "WINDOW_STATE_INVALID"]).toContain(
            (outcome as { readonly code?: unknown }).code,
          );
        } else if (outcome !== undefined) {
          const { batchItemFailures } = outcome as { batchItemFailures: { itemIdentifier: unknown }[] };
          for (const { itemIdentifier } of batchItemFailures) expect(itemIdentifier).toBeTruthy();
        }
      }),
      { numRuns: 500 },
    );
  });
});
