import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { describe, expect, test } from "vitest";
import type { Cloud } from "../../../../examples/local/cloud.ts";
import type { CloudFact } from "../../../../examples/local/services.ts";
import { startApp } from "./start-app.ts";

/** A bucket that tells a function of some uploads, a queue of removals, and the default bus of everything. */
const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: nodejs24.x
    Timeout: 1
Resources:
  Uploads:
    Type: AWS::S3::Bucket
    DependsOn: RemovedPolicy
    Properties:
      BucketName: uploads
      VersioningConfiguration: { Status: Enabled }
      LifecycleConfiguration:
        Rules:
          - { Id: open, Status: Enabled, Prefix: parts/, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }
          - { Id: old, Status: Enabled, ExpirationInDays: 30 }
      NotificationConfiguration:
        EventBridgeConfiguration: { EventBridgeEnabled: true }
        QueueConfigurations: [{ Event: "s3:ObjectRemoved:*", Queue: !GetAtt Removed.Arn }]
  Removed:
    Type: AWS::SQS::Queue
  Dead:
    Type: AWS::SQS::Queue
  RemovedPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Removed]
      PolicyDocument:
        Statement:
          Effect: Allow
          Principal: { Service: s3.amazonaws.com }
          Action: sqs:SendMessage
          Resource: !GetAtt Removed.Arn
          Condition: { ArnEquals: { aws:SourceArn: "arn:aws:s3:::uploads" } }
  Uploaded:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [uploaded.ts] } }
    Properties:
      CodeUri: .
      Handler: uploaded.handler
      Environment: { Variables: { BUCKET: uploads } }
      EventInvokeConfig:
        DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Dead.Arn } }
      Events:
        Upload:
          Type: S3
          Properties:
            Bucket: !Ref Uploads
            Events: s3:ObjectCreated:*
            Filter: { S3Key: { Rules: [{ Name: prefix, Value: "in é/" }, { Name: suffix, Value: .txt }] } }
  Told:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [told.ts] } }
    Properties:
      CodeUri: .
      Handler: told.handler
      Events:
        Any:
          Type: EventBridgeRule
          Properties: { Pattern: { source: [aws.s3], detail: { bucket: { name: [uploads] } } } }
`;

const HANDLERS = {
  "uploaded.ts": `
export const handler = async ({ Records }) => {
  for (const { eventName, s3 } of Records) {
    const key = decodeURIComponent(s3.object.key.replaceAll("+", " "));
    const url = process.env.AWS_ENDPOINT_URL_S3 + "/" + process.env.BUCKET + "/" + encodeURIComponent(key);
    const body = await (await fetch(url)).text();
    if (body === "poison") throw new Error("cannot");
    console.log(JSON.stringify({ eventName, key: s3.object.key, body }));
  }
};`,
  "told.ts": `
export const handler = async (event) => {
  console.log(JSON.stringify({ type: event["detail-type"], key: event.detail.object.key, how: event.detail["deletion-type"] }));
};`,
};

const put = ({ clients }: Cloud, Key: string, Body = "hello") =>
  clients.s3.send(new PutObjectCommand({ Bucket: "uploads", Key, Body }));

/** What a function logged, sorted: events come in no order. */
const logged = (facts: readonly CloudFact[], functionName: string): readonly unknown[] =>
  facts
    .flatMap((fact) => (fact.type === "log" && fact.functionName === functionName ? [fact.line] : []))
    .sort()
    .map((line) => JSON.parse(line));

async function bodies(cloud: Cloud, queue: string): Promise<readonly string[]> {
  return (await cloud.inspectQueue(queue)).map(({ body }) => body);
}

describe("a template's bucket", () => {
  test("tells a function of the uploads that its filter lets through, with the key URL-encoded", async () => {
    const { cloud, facts } = await startApp(TEMPLATE, HANDLERS);
    await put(cloud, "in é/a b+c.txt");
    await put(cloud, "in é/other.log");
    await put(cloud, "out/other.txt");
    await cloud.idle(5_000);
    expect(logged(facts, "test-Uploaded")).toEqual([
      { eventName: "ObjectCreated:Put", key: "in+%C3%A9/a+b%2Bc.txt", body: "hello" },
    ]);
  });

  test("tells a rule on the default bus of everything, with the key as it is", async () => {
    const { cloud, facts } = await startApp(TEMPLATE, HANDLERS);
    await put(cloud, "out/é a+b.log");
    await cloud.clients.s3.send(new DeleteObjectCommand({ Bucket: "uploads", Key: "out/é a+b.log" }));
    await cloud.idle(5_000);
    expect(logged(facts, "test-Told")).toEqual([
      { type: "Object Created", key: "out/é a+b.log" },
      { type: "Object Deleted", key: "out/é a+b.log", how: "Delete Marker Created" },
    ]);
  });

  test("tells a queue of its configuration first, and then of a delete marker", async () => {
    const { cloud } = await startApp(TEMPLATE, HANDLERS);
    const [test, ...none] = await bodies(cloud, "test-Removed");
    expect(JSON.parse(test ?? "")).toMatchObject({ Event: "s3:TestEvent", Bucket: "uploads" });
    expect(none).toEqual([]);

    await put(cloud, "a b");
    await cloud.clients.s3.send(new DeleteObjectCommand({ Bucket: "uploads", Key: "a b" }));
    await cloud.idle(5_000);
    const [, removed, ...more] = await bodies(cloud, "test-Removed");
    expect(JSON.parse(removed ?? "").Records).toMatchObject([
      {
        eventName: "ObjectRemoved:DeleteMarkerCreated",
        s3: { object: { key: "a+b", versionId: expect.any(String) } },
      },
    ]);
    expect(more).toEqual([]);
  });

  test("takes a function of the template as a new destination, and no other", async () => {
    const { cloud, facts } = await startApp(TEMPLATE, HANDLERS);
    const tell = (name: string) =>
      cloud.clients.s3.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket: "uploads",
          NotificationConfiguration: {
            LambdaFunctionConfigurations: [
              {
                LambdaFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
                Events: ["s3:ObjectCreated:*"],
              },
            ],
          },
        }),
      );
    await expect(tell("test-Gone")).rejects.toThrow("Unable to validate");
    await tell("test-Uploaded");
    await put(cloud, "anything");
    await cloud.idle(5_000);
    expect(logged(facts, "test-Uploaded")).toMatchObject([{ key: "anything" }]);
  });

  test("aborts the uploads that its lifecycle says, on the cloud's clock", async () => {
    const { cloud } = await startApp(TEMPLATE, HANDLERS, { speed: 86_400_000 });
    const { s3 } = cloud.clients;
    const Bucket = "uploads";
    await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "parts/a" }));
    await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "other/a" }));
    const open = async () => {
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
      return Uploads.map(({ Key }) => Key);
    };
    await expect.poll(open).toEqual(["other/a"]);
  });

  test("invokes its function asynchronously: with retries, and then its destination", async () => {
    const { cloud, facts } = await startApp(TEMPLATE, HANDLERS, { speed: 600 });
    await put(cloud, "in é/poison.txt", "poison");
    await cloud.idle(8_000);
    expect(facts.filter(({ type }) => type === "async-retry")).toHaveLength(2);
    const [record] = await bodies(cloud, "test-Dead");
    expect(JSON.parse(record ?? "")).toMatchObject({
      requestContext: { condition: "RetriesExhausted", approximateInvokeCount: 3 },
      requestPayload: { Records: [{ s3: { object: { key: "in+%C3%A9/poison.txt" } } }] },
    });
  });
});
