import { PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { describe, expect, it } from "vitest";
import type { Cloud } from "../../../../examples/local/cloud.ts";
import { AWS } from "./fixtures.ts";
import { clientConfig, startApp } from "./start-app.ts";

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

async function seen({ clients }: Cloud): Promise<string[]> {
  const { Items = [] } = await clients.dynamodb.send(new ScanCommand({ TableName: "test-Seen" }));
  return Items.map(({ id }) => id?.S ?? "").sort();
}

async function putRecords({ endpoints }: Cloud, ...ids: readonly string[]): Promise<void> {
  const client = new KinesisClient({ ...clientConfig, endpoint: endpoints.kinesis });
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
    const { cloud, facts } = await startApp(TEMPLATE, HANDLERS);
    await putRecords(cloud, "a", "b", "c");
    await cloud.idle(10_000);
    expect(await seen(cloud)).toEqual(["stream-a", "stream-b", "stream-c"]);
    expect(await cloud.pending()).toMatchObject({ invocations: 0, streamRecords: 0 });
    const sources = facts.flatMap((fact) => (fact.type === "invoke-start" ? [fact.source] : []));
    expect(new Set(sources)).toEqual(new Set(["kinesis:test-Readings"]));
    expect(cloud.endpoints.kinesis).toContain("127.0.0.1");
  });

  it("a table's changes through a function into a table and a stream, and on through that", async () => {
    const { cloud } = await startApp(TEMPLATE, HANDLERS);
    for (const id of ["x", "y"]) {
      const Item = { id: { S: id }, value: { S: "1" } };
      await cloud.clients.dynamodb.send(new PutItemCommand({ TableName: "test-Items", Item }));
    }
    await cloud.idle(10_000);
    expect(await seen(cloud)).toEqual(["stream-x1", "stream-y1", "table-x", "table-y"]);
  });

  it("a poison record to the mapping's destination, and the others past it", async () => {
    const { cloud, facts } = await startApp(TEMPLATE, HANDLERS, { speed: 100 });
    await putRecords(cloud, "a", "poison", "c", "d");
    await cloud.idle(10_000);
    expect(await seen(cloud)).toEqual(["stream-a", "stream-c", "stream-d"]);
    const [dead] = await cloud.inspectQueue("test-Dead");
    expect(JSON.parse(dead?.body ?? "")).toMatchObject({
      requestContext: { condition: "RetryAttemptsExhausted" },
      KinesisBatchInfo: { batchSize: 1, streamArn: expect.stringContaining(":stream/test-Readings") },
    });
    expect(facts.filter(({ type }) => type === "dead-letter")).toHaveLength(1);
  });
});
