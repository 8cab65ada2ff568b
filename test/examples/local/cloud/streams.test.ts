import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { afterEach, describe, expect, it } from "vitest";
import { type Cloud, startCloud } from "../../../../examples/local/cloud.ts";
import type { CloudFact } from "../../../../examples/local/services.ts";
import { AWS } from "./fixtures.ts";

const metadata = (file: string) =>
  `Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [${file}.ts], Format: esm, MainFields: "module,main", OutExtension: [.js=.mjs] } }`;

const table = `
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]`;

/** A Kinesis stream → a function → a table; another table's stream → a function → that table and that stream. */
const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: nodejs24.x
    Timeout: 5
    Environment: { Variables: { TABLE: !Ref Seen } }
Resources:
  Seen:${table}
  Items:${table}
      StreamSpecification: { StreamViewType: NEW_IMAGE }
  Readings:
    Type: AWS::Kinesis::Stream
    Properties: { ShardCount: 2 }
  Dead:
    Type: AWS::SQS::Queue
  OfStream:
    Type: AWS::Serverless::Function
    ${metadata("of-stream")}
    Properties:
      CodeUri: .
      Handler: of-stream.handler
      Events:
        Records:
          Type: Kinesis
          Properties:
            Stream: !GetAtt Readings.Arn
            StartingPosition: TRIM_HORIZON
            BatchSize: 10
            BisectBatchOnFunctionError: true
            MaximumRetryAttempts: 1
            FunctionResponseTypes: [ReportBatchItemFailures]
            DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Dead.Arn } }
  OfTable:
    Type: AWS::Serverless::Function
    ${metadata("of-table")}
    Properties:
      CodeUri: .
      Handler: of-table.handler
      Environment: { Variables: { STREAM: !Ref Readings } }
  TableMapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Items.StreamArn
      FunctionName: !Ref OfTable
      StartingPosition: LATEST
      FilterCriteria: { Filters: [{ Pattern: '{"eventName":["INSERT"]}' }] }
`;

const HANDLERS = {
  "of-stream.ts": `${AWS}
export const handler = async ({ Records }) => {
  for (const { kinesis } of Records) {
    const id = Buffer.from(kinesis.data, "base64").toString();
    if (id === "poison") return { batchItemFailures: [{ itemIdentifier: kinesis.sequenceNumber }] };
    await put("stream-" + id);
  }
};`,
  "of-table.ts": `${AWS}
export const handler = async ({ Records }) => {
  const { Streams } = await call(process.env.AWS_ENDPOINT_URL_DYNAMODB_STREAMS,
    "DynamoDBStreams_20120810.ListStreams", "1.0", {});
  for (const { dynamodb } of Records) {
    const id = dynamodb.NewImage.id.S;
    await put("table-" + id);
    await call(process.env.AWS_ENDPOINT_URL_KINESIS, "Kinesis_20131202.PutRecord", "1.1", {
      StreamName: process.env.STREAM, PartitionKey: id, Data: Buffer.from(id + Streams.length).toString("base64") });
  }
};`,
};

let cloud: Cloud | undefined;
let folder = "";
afterEach(async () => {
  await cloud?.stop();
  cloud = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function start(speed = 1): Promise<{ readonly running: Cloud; readonly facts: CloudFact[] }> {
  folder = await mkdtemp(join(tmpdir(), "local-cloud-"));
  await mkdir(join(folder, "build"));
  await writeFile(join(folder, "template.yaml"), TEMPLATE);
  for (const [name, source] of Object.entries(HANDLERS)) await writeFile(join(folder, name), source);
  const facts: CloudFact[] = [];
  cloud = await startCloud({
    stacks: [{ file: join(folder, "template.yaml"), name: "test" }],
    buildDir: join(folder, "build"),
    speed,
    observe: (fact) => void facts.push(fact),
  });
  return { running: cloud, facts };
}

async function seen({ clients }: Cloud): Promise<string[]> {
  const { Items = [] } = await clients.dynamodb.send(new ScanCommand({ TableName: "test-Seen" }));
  return Items.map(({ id }) => id?.S ?? "").sort();
}

async function putRecords({ endpoints }: Cloud, ...ids: readonly string[]): Promise<void> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new KinesisClient({ endpoint: endpoints.kinesis, region: "us-east-1", credentials });
  await client.send(
    new PutRecordsCommand({
      StreamName: "test-Readings",
      Records: ids.map((id) => ({ Data: Buffer.from(id), PartitionKey: id })),
    }),
  );
  client.destroy();
}

describe("the local cloud carries", () => {
  it("records of a Kinesis stream through a function into a table", async () => {
    const { running, facts } = await start();
    await putRecords(running, "a", "b", "c");
    await running.idle(10_000);
    expect(await seen(running)).toEqual(["stream-a", "stream-b", "stream-c"]);
    expect(await running.pending()).toMatchObject({ invocations: 0, streamRecords: 0 });
    const sources = facts.flatMap((fact) => (fact.type === "invoke-start" ? [fact.source] : []));
    expect(new Set(sources)).toEqual(new Set(["kinesis:test-Readings"]));
    expect(running.endpoints.kinesis).toContain("127.0.0.1");
  });

  it("a table's changes through a function into a table and a stream, and on through that", async () => {
    const { running } = await start();
    for (const id of ["x", "y"]) {
      const Item = { id: { S: id }, value: { S: "1" } };
      await running.clients.dynamodb.send(new PutItemCommand({ TableName: "test-Items", Item }));
    }
    await running.idle(10_000);
    expect(await seen(running)).toEqual(["stream-x1", "stream-y1", "table-x", "table-y"]);
  });

  it("a poison record to the mapping's destination, and the others past it", async () => {
    const { running, facts } = await start(100);
    await putRecords(running, "a", "poison", "c", "d");
    await running.idle(10_000);
    expect(await seen(running)).toEqual(["stream-a", "stream-c", "stream-d"]);
    const [dead] = await running.inspectQueue("test-Dead");
    expect(JSON.parse(dead?.body ?? "")).toMatchObject({
      requestContext: { condition: "RetryAttemptsExhausted" },
      KinesisBatchInfo: { batchSize: 1, streamArn: expect.stringContaining(":stream/test-Readings") },
    });
    expect(facts.filter(({ type }) => type === "dead-letter")).toHaveLength(1);
  });
});
