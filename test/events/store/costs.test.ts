/** The cost table of docs/event-store.md, measured: each path is run on DynamoDB's emulator and the units are added up. */
import { readFileSync } from "node:fs";
import { rootCall } from "holdfast";
import { type AwsTransport, dynamoDBTransport } from "holdfast/aws/dynamodb";
import { dynamoDBCheckpoints, dynamoDBEventStore, eventOutbox, projection } from "holdfast/events/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestDynamoDB, type TestDynamoDB } from "../../support/dynamodb.ts";
import { all, counts, newEventTable } from "./subjects.ts";

let dynamo: TestDynamoDB;
beforeAll(async () => {
  dynamo = await startTestDynamoDB();
});
afterAll(() => dynamo.stop());

const call = rootCall();
const READS = new Set(["GetItem", "Query", "Scan"]);
const page = readFileSync(new URL("../../../docs/event-store.md", import.meta.url), "utf8");
const [, table = ""] =
  /((?:^\|.*\n)+)/m.exec(page.split("<!-- Measured by test/events/store/costs. -->")[1] ?? "") ?? [];
const rows = table
  .trim()
  .split("\n")
  .slice(2)
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  .map(([what = "", writes, reads]) => [what, Number(writes), Number(reads)] as const);

async function setUp() {
  const client = dynamoDBTransport(dynamo.clientFor());
  let sum = { writes: 0, reads: 0 };
  const transport: AwsTransport = {
    async call(operation, input, inner) {
      const answer = await client.call(operation, { ...input, ReturnConsumedCapacity: "TOTAL" }, inner);
      for (const { CapacityUnits } of [answer["ConsumedCapacity"]].flat() as { CapacityUnits: number }[]) {
        sum = READS.has(operation)
          ? { ...sum, reads: sum.reads + CapacityUnits }
          : { ...sum, writes: sum.writes + CapacityUnits };
      }
      return answer;
    },
  };
  const model = await dynamo.newTable();
  const store = dynamoDBEventStore({ transport, tableName: await newEventTable(dynamo) });
  const checkpoints = dynamoDBCheckpoints({ transport, tableName: await dynamo.newTable() });
  const outbox = eventOutbox({ store, checkpoints, publisher: { publishOne: async () => "" } });
  const project = (hasItem: boolean) => {
    const Put = { TableName: model, Item: { id: { S: "1" } } };
    return projection({ name: "p", store, checkpoints, apply: () => (hasItem ? [{ Put }] : []) });
  };
  async function twoEvents() {
    await store.append("s", 0, counts([1, 2]), call);
    const [first, second] = await all(store.read("s", {}, call));
    if (first === undefined || second === undefined) throw new Error("no events");
    return [first, second] as const;
  }
  return {
    store,
    outbox,
    project,
    twoEvents,
    begin() {
      sum = { writes: 0, reads: 0 };
    },
    consumed: () => sum,
  };
}
type Metered = Awaited<ReturnType<typeof setUp>>;

const paths: Readonly<Record<string, (key: Metered) => Promise<unknown>>> = {
  "append of one event to a new stream": ({ store }) => store.append("s", 0, counts([1]), call),
  async "append of one event to a stream"({ store, begin }) {
    await store.append("s", 0, counts([1]), call);
    begin();
    await store.append("s", 1, counts([2]), call);
  },
  async "append of five events to a stream"({ store, begin }) {
    await store.append("s", 0, counts([1]), call);
    begin();
    await store.append("s", 1, counts([2, 3, 4, 5, 6]), call);
  },
  async "read of a stream of 100 events of 230 bytes"({ store, begin }) {
    await store.append("s", 0, counts([...Array(100).keys()]), call);
    begin();
    await all(store.read("s", {}, call));
  },
  async "outbox, an event that comes in order"({ outbox, twoEvents, begin }) {
    const [first, second] = await twoEvents();
    await outbox.follow(first, call);
    begin();
    await outbox.follow(second, call);
  },
  async "projection, an event that comes in order, one item"({ project, twoEvents, begin }) {
    const [first, second] = await twoEvents();
    await project(true).follow(first, call);
    begin();
    await project(true).follow(second, call);
  },
  async "projection, an event without items"({ project, twoEvents, begin }) {
    const [first, second] = await twoEvents();
    await project(false).follow(first, call);
    begin();
    await project(false).follow(second, call);
  },
};

test("every line of the table is measured", () => {
  expect(rows.map(([what]) => what)).toEqual(Object.keys(paths));
});

test.each(rows)("%s costs %s write units and %s read units", async (what, writes, reads) => {
  const metered = await setUp();
  await paths[what]?.(metered);
  expect(metered.consumed()).toEqual({ writes, reads });
});
