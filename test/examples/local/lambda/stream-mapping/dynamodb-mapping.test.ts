import { DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { localCredentials } from "../../../../../examples/local/credentials.ts";
import { type DynamoDb, startDynamoDb } from "../../../../../examples/local/dynamodb/service.ts";
import { compilePattern } from "../../../../../examples/local/eventbridge/pattern.ts";
import type { InvokeResult } from "../../../../../examples/local/lambda/invocation.ts";
import { dynamoDbSource } from "../../../../../examples/local/lambda/stream-mapping/dynamodb-source.ts";
import { streamFilter } from "../../../../../examples/local/lambda/stream-mapping/filter.ts";
import {
  type RunningStreamMapping,
  startStreamMapping,
} from "../../../../../examples/local/lambda/stream-mapping/stream-mapping.ts";
import { type Reaper, startReaper } from "../../../../../examples/local/process/reaper.ts";
import type { StreamMapping, Table } from "../../../../../examples/local/template/stack.ts";
import { accountId, place, realClock, region } from "../fixtures.ts";
import { failed, mappingOf, ok, queueArn } from "./set-up.ts";

interface DynamoDbEvent {
  readonly Records: readonly {
    readonly eventID: string;
    readonly eventName: string;
    readonly dynamodb: {
      readonly SequenceNumber: string;
      readonly Keys: { readonly id: { readonly S: string } };
    };
  }[];
}

let reaper: Reaper;
let dynamodb: DynamoDb;
let client: DynamoDBStreamsClient;
const running: RunningStreamMapping[] = [];
beforeAll(async () => {
  reaper = startReaper();
  dynamodb = await startDynamoDb({ reaper, region });
  client = new DynamoDBStreamsClient({ endpoint: dynamodb.endpoint, region, credentials: localCredentials });
});
afterEach(async () => {
  for (const mapping of running.splice(0)) await mapping.stop();
});
afterAll(async () => {
  client.destroy();
  await dynamodb.stop();
  await reaper.stop();
});

function table(name: string): Table {
  return {
    logicalId: name,
    name,
    arn: `arn:aws:dynamodb:${region}:${accountId}:table/${name}`,
    place,
    keySchema: [{ AttributeName: "id", KeyType: "HASH" }],
    attributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    globalSecondaryIndexes: [],
    localSecondaryIndexes: [],
    streamViewType: "NEW_AND_OLD_IMAGES",
  };
}

const streamArnOf = (name: string) => `${table(name).arn}/stream/local`;

async function setUp(
  name: string,
  over: Partial<StreamMapping> = {},
  answer: (event: DynamoDbEvent, call: number) => InvokeResult = () => ok(),
) {
  await dynamodb.createTables([table(name)]);
  const settings = mappingOf({ source: "dynamodb", sourceArn: table(name).arn, ...over });
  const events: DynamoDbEvent[] = [];
  const delivered: unknown[] = [];
  const clock = realClock(100);
  const put = (id: string, more: Record<string, { S: string } | { B: Uint8Array }> = {}) =>
    dynamodb.client.send(new PutItemCommand({ TableName: name, Item: { id: { S: id }, ...more } }));
  await put("before");
  const mapping = await startStreamMapping({
    mapping: settings,
    source: await dynamoDbSource({ client, tableName: name, streamArn: streamArnOf(name), nowMs: clock.now }),
    functionName: "consume",
    invoke: async (_arn, payload, how) => {
      expect(how.source).toBe(`dynamodb:${name}`);
      // The mapping writes it; the tests look at the shape.
      const event = JSON.parse(payload) as DynamoDbEvent;
      events.push(event);
      return answer(event, events.length);
    },
    accepts: streamFilter(settings.filters, compilePattern),
    deliver: async (_arn, payload) => void delivered.push(JSON.parse(payload)),
    clock,
    observe: () => {},
  });
  running.push(mapping);
  return {
    events,
    delivered,
    put,
    remove: (id: string) =>
      dynamodb.client.send(new DeleteItemCommand({ TableName: name, Key: { id: { S: id } } })),
    async settled() {
      const until = Date.now() + 5_000;
      while ((await mapping.pending()) > 0) {
        if (Date.now() > until) throw new Error("still pending");
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    ids: () => events.flatMap(({ Records }) => Records.map(({ dynamodb: { Keys } }) => Keys.id.S)),
  };
}

test("the function gets records in Lambda's own shape, with the template's stream ARN", async () => {
  const { events, put, remove, settled } = await setUp("shape", { startingPosition: "LATEST" });
  await put("a", { bytes: { B: new Uint8Array([1, 2, 255]) } });
  await put("a", { text: { S: "new" } });
  await remove("a");
  await settled();
  const records = events.flatMap(({ Records }) => Records);
  expect(records[0]).toEqual({
    eventID: expect.stringMatching(/^[0-9a-f]{32}$/),
    eventName: "INSERT",
    eventVersion: "1.1",
    eventSource: "aws:dynamodb",
    awsRegion: region,
    dynamodb: {
      ApproximateCreationDateTime: expect.closeTo(Date.now() / 1_000, -1),
      Keys: { id: { S: "a" } },
      NewImage: { id: { S: "a" }, bytes: { B: "AQL/" } },
      SequenceNumber: expect.stringMatching(/^\d+$/),
      SizeBytes: expect.any(Number),
      StreamViewType: "NEW_AND_OLD_IMAGES",
    },
    eventSourceARN: streamArnOf("shape"),
  });
  expect(records.map(({ eventName }) => eventName)).toEqual(["INSERT", "MODIFY", "REMOVE"]);
  expect(new Set(records.map(({ eventID }) => eventID)).size).toBe(3);
});

test("TRIM_HORIZON begins with the oldest record", async () => {
  const { ids, put, settled } = await setUp("oldest");
  await put("after");
  await settled();
  expect(ids()).toEqual(["before", "after"]);
});

test("a write that changes nothing is no record, as on AWS", async () => {
  const { ids, put, settled } = await setUp("unchanged", { startingPosition: "LATEST" });
  for (const text of ["one", "one", "two"]) await put("a", { text: { S: text } });
  await settled();
  expect(ids()).toEqual(["a", "a"]);
});

test("a record's time is taken as late as its whole second allows, so that none seems older than it is", async () => {
  await dynamodb.createTables([table("times")]);
  await dynamodb.client.send(new PutItemCommand({ TableName: "times", Item: { id: { S: "a" } } }));
  const arrival = async (nowMs: number) => {
    const about = { client, tableName: "times", streamArn: streamArnOf("times"), nowMs: () => nowMs };
    const source = await dynamoDbSource(about);
    const [shard] = await source.listShards();
    const { records } = await (await source.openShard(shard?.id ?? "", "TRIM_HORIZON")).read();
    return records[0]?.arrivedAtMs ?? 0;
  };
  const stampMs = Math.floor((await arrival(Number.MAX_SAFE_INTEGER)) / 1_000) * 1_000;
  expect(await arrival(Number.MAX_SAFE_INTEGER)).toBe(stampMs + 999);
  expect(await arrival(stampMs + 200)).toBe(stampMs + 200);
});

test("filters see the record as it is", async () => {
  const filters = [{ eventName: ["INSERT"], dynamodb: { NewImage: { kind: { S: ["order"] } } } }];
  const { ids, put, settled } = await setUp("filtered", { filters });
  await put("a", { kind: { S: "order" } });
  await put("b", { kind: { S: "other" } });
  await put("a", { kind: { S: "order" }, more: { S: "x" } });
  await settled();
  expect(ids()).toEqual(["a"]);
});

test("a poison record is isolated and named to the destination, and the others are done in order", async () => {
  const { ids, put, settled, delivered } = await setUp(
    "poison",
    {
      startingPosition: "LATEST",
      bisectOnFunctionError: true,
      maximumRetryAttempts: 0,
      onFailureArn: queueArn,
    },
    ({ Records }) => (Records.some(({ dynamodb: { Keys } }) => Keys.id.S === "bad") ? failed : ok()),
  );
  for (const id of ["a", "b", "bad", "c"]) await put(id);
  await settled();
  expect([...new Set(ids())].filter((id) => id !== "bad")).toEqual(["a", "b", "c"]);
  expect(delivered).toMatchObject([
    {
      requestContext: { condition: "RetryAttemptsExhausted" },
      DDBStreamBatchInfo: {
        batchSize: 1,
        streamArn: streamArnOf("poison"),
        approximateArrivalOfFirstRecord: expect.stringMatching(/T\d\d:\d\d:\d\dZ$/),
      },
    },
  ]);
});

test("an item's records stay in order when its shard is worked on in parallel", async () => {
  const { events, put, settled } = await setUp(
    "parallel",
    { startingPosition: "LATEST", parallelizationFactor: 5, batchSize: 2 },
    (_event, call) => (call % 4 === 0 ? failed : ok()),
  );
  for (const round of ["1", "2", "3"]) for (const id of "abcdefgh") await put(id, { round: { S: round } });
  await settled();
  const last = new Map<string, number>();
  const succeeded = events.filter((_, index) => (index + 1) % 4 !== 0).flatMap(({ Records }) => Records);
  for (const { dynamodb: record } of succeeded) {
    const { Keys, SequenceNumber } = record;
    expect(Number(SequenceNumber)).toBeGreaterThan(last.get(Keys.id.S) ?? 0);
    last.set(Keys.id.S, Number(SequenceNumber));
  }
  expect(succeeded).toHaveLength(24);
  expect(last.size).toBe(8);
});

test("a table without a stream is refused", async () => {
  const { streamViewType: _, ...plain } = table("plain");
  await dynamodb.createTables([plain]);
  await expect(
    dynamoDbSource({ client, tableName: "plain", streamArn: streamArnOf("plain"), nowMs: Date.now }),
  ).rejects.toThrow("StreamSpecification");
});
