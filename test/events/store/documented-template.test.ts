/** The template of docs/event-store.md, as the local cloud reads it, and its mapping with an outbox behind it. */
import { readFileSync } from "node:fs";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { rootCall } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { eventPublisher } from "holdfast/events";
import { dynamoDBCheckpoints, dynamoDBEventStore, eventOutbox, eventStoreBatch } from "holdfast/events/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localCredentials } from "../../../examples/local/credentials.ts";
import { type DynamoDb, startDynamoDb } from "../../../examples/local/dynamodb/service.ts";
import { compilePattern } from "../../../examples/local/eventbridge/pattern.ts";
import { dynamoDbSource } from "../../../examples/local/lambda/stream-mapping/dynamodb-source.ts";
import { streamFilter } from "../../../examples/local/lambda/stream-mapping/filter.ts";
import { startStreamMapping } from "../../../examples/local/lambda/stream-mapping/stream-mapping.ts";
import { type Reaper, startReaper } from "../../../examples/local/process/reaper.ts";
import type { Stack } from "../../../examples/local/template/stack.ts";
import { realClock, region } from "../../examples/local/lambda/fixtures.ts";
import { loadText } from "../../examples/local/template/load-text.ts";
import { fakeBus, idOf } from "../fake-bus.ts";
import { counts } from "./subjects.ts";

let reaper: Reaper;
let dynamodb: DynamoDb;
let streams: DynamoDBStreamsClient;
beforeAll(async () => {
  reaper = startReaper();
  dynamodb = await startDynamoDb({ reaper, region });
  streams = new DynamoDBStreamsClient({ endpoint: dynamodb.endpoint, region, credentials: localCredentials });
});
afterAll(async () => {
  streams.destroy();
  await dynamodb.stop();
  await reaper.stop();
});

function documented(): Stack {
  const page = readFileSync(new URL("../../../docs/event-store.md", import.meta.url), "utf8");
  const [, template = ""] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  // How it is bundled is not the page's subject.
  const build = "Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [worker.ts] } }";
  return loadText(
    template
      .replace("outbox.handler", "worker.handler")
      .replace("Type: AWS::Serverless::Function", `$&\n    ${build}`),
  );
}

test("what is appended to the documented table reaches the bus by the documented mapping, in order", async () => {
  const stack = documented();
  await dynamodb.createTables(stack.tables);
  const tableOf = (id: string) => stack.tables.find(({ logicalId }) => logicalId === id) ?? missing(id);
  const [events, checked] = [tableOf("EventsTable"), tableOf("CheckpointsTable")];
  const transport = dynamoDBTransport(dynamodb.client);
  const store = dynamoDBEventStore({ transport, tableName: events.name });
  const bus = fakeBus();
  const outbox = eventOutbox({
    store,
    checkpoints: dynamoDBCheckpoints({ transport, tableName: checked.name }),
    publisher: eventPublisher({ transport: bus, busName: "bus" }),
  });
  const handle = eventStoreBatch(outbox.follow);
  const [mapping] = stack.streamMappings;
  if (mapping === undefined) throw new Error("no mapping");
  const call = rootCall();
  await store.append("a", 0, counts([1, 2, 3], "a"), call);

  const clock = realClock(100);
  const running = await startStreamMapping({
    mapping,
    source: await dynamoDbSource({
      client: streams,
      tableName: events.name,
      streamArn: mapping.sourceArn,
      nowMs: clock.now,
    }),
    functionName: "outbox",
    async invoke(_arn, payload) {
      const answer = await handle(JSON.parse(payload), call);
      return { status: "ok", requestId: "r", payload: JSON.stringify(answer) };
    },
    accepts: streamFilter(mapping.filters, compilePattern),
    deliver: async () => {},
    clock,
    observe: () => {},
  });
  await store.append("b", 0, counts([1, 2], "b"), call);
  await store.append("a", 3, counts([4], "a"), call);
  while (bus.taken.length < 6) await new Promise((resolve) => setTimeout(resolve, 5));
  await running.stop();
  const taken = bus.taken.map(idOf);
  expect(taken.filter((id) => id.startsWith("a"))).toEqual(["a-1", "a-2", "a-3", "a-4"]);
  expect(taken.filter((id) => id.startsWith("b"))).toEqual(["b-1", "b-2"]);
});

function missing(id: string): never {
  throw new Error(`The template has no ${id}`);
}
