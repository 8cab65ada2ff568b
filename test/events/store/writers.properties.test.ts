import fc from "fast-check";
import { type Call, hasCode, rootCall, sleep } from "holdfast";
import type { AwsTransport } from "holdfast/aws/dynamodb";
import { dynamoDBEventStore, type StoredEvent } from "holdfast/events/store";
import { manualRuntime, seededRandom } from "holdfast/testing";
import { expect, test } from "vitest";
import { memoryDynamoDB } from "../../support/memory-dynamodb/index.ts";
import { all, counts, TABLES } from "./subjects.ts";

const streams = ["a", "b"] as const;
const writer = fc.array(fc.tuple(fc.constantFrom(...streams), fc.integer({ min: 1, max: 4 })), {
  minLength: 1,
  maxLength: 4,
});

test("many writers' appends, slow, lost and half visible: no gaps, each event once, and every reader sees a prefix", {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(writer, { minLength: 1, maxLength: 4 }),
      fc.nat(),
      fc.constantFrom(0, 0.2, 0.5),
      async (writers, seed, lostShare) => {
        const clock = manualRuntime({ seed: seed + 1 });
        const random = seededRandom(seed);
        const call = rootCall({ runtime: clock });
        const aWhile = (inner: Call): Promise<void> => sleep(inner, Math.floor(random() * 20));
        const dynamo = memoryDynamoDB({
          tables: TABLES,
          beforeVisible: () => aWhile(call),
          shuffled: (writes) => (random() < 0.5 ? writes : [...writes].reverse()),
        });
        const transport: AwsTransport = {
          async call(operation, input, inner) {
            await aWhile(inner);
            const answer = await dynamo.call(operation, input, inner);
            await aWhile(inner);
            if (operation === "TransactWriteItems" && random() < lostShare) throw new Error("no reply");
            return answer;
          },
        };
        const store = dynamoDBEventStore({ transport, tableName: "Events" });
        const seen: (readonly StoredEvent[])[] = [];
        let writing = writers.length;

        async function appendUntilThere(stream: string, events: ReturnType<typeof counts>): Promise<void> {
          let expected = 0;
          for (;;) {
            try {
              await store.append(stream, expected, events, call);
              return;
            } catch (error) {
              if (hasCode(error, "EVENT_STREAM_CONFLICT")) {
                expected = (await store.rebuild(stream, { initial: 0, apply: (n) => n + 1 }, call)).version;
              }
            }
          }
        }
        async function write(list: (typeof writers)[number], index: number): Promise<void> {
          for (const [round, [stream, count]] of list.entries()) {
            await appendUntilThere(stream, counts([...Array(count).keys()], `${index}/${round}`));
          }
          writing -= 1;
        }
        async function read(stream: string): Promise<void> {
          do seen.push(await all(store.read(stream, { pageSize: 3 }, call)));
          while (writing > 0);
        }
        await clock.run(Promise.all([...writers.map(write), ...streams.map(read), ...streams.map(read)]));

        const ends = new Map<string, readonly StoredEvent[]>();
        for (const stream of streams) ends.set(stream, await clock.run(all(store.read(stream, {}, call))));
        const ids = [...ends.values()].flat().map(({ id }) => id);
        const wanted = writers.flatMap((list, index) =>
          list.flatMap(([, count], round) => [...Array(count).keys()].map((n) => `${index}/${round}-${n}`)),
        );
        expect(ids.toSorted()).toEqual(wanted.toSorted());
        for (const events of ends.values()) {
          expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
        }
        for (const events of seen) {
          const [first] = events;
          const end = first === undefined ? [] : (ends.get(first.stream) ?? []);
          expect(events).toEqual(end.slice(0, events.length));
          expect(events.at(-1)?.appendedTo ?? 0).toBe(events.length);
        }
        expect(clock.pendingTimers).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
});
