import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "../temporary-folder.ts";

/** HTTP → function → bus → rule → (function, queue → function) → table, each part as small as it can be. */
const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: nodejs24.x
    Timeout: 1
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
  Bus:
    Type: AWS::Events::EventBus
    Properties: { Name: things }
  Seen:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
  Things:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 2 }
  Dead:
    Type: AWS::SQS::Queue
  ThingsPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Things, !Ref Dead]
      PolicyDocument:
        Statement:
          - Effect: Allow
            Principal: { Service: events.amazonaws.com }
            Action: sqs:SendMessage
            Resource: "*"
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Bus
      EventPattern: { source: [test] }
      Targets:
        - { Id: fn, Arn: !GetAtt Direct.Arn, DeadLetterConfig: { Arn: !GetAtt Dead.Arn } }
        - { Id: queue, Arn: !GetAtt Things.Arn, DeadLetterConfig: { Arn: !GetAtt Dead.Arn } }
  MayInvoke:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Direct
      Action: lambda:InvokeFunction
      Principal: events.amazonaws.com
      SourceArn: !GetAtt Rule.Arn
  Front:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [front.ts], Format: esm, MainFields: "module,main", OutExtension: [.js=.mjs] } }
    Properties:
      CodeUri: .
      Handler: front.handler
      Environment: { Variables: { BUS: !Ref Bus } }
      Events:
        Post: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: POST, Path: /things } }
  Direct:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [direct.ts], Format: esm, MainFields: "module,main", OutExtension: [.js=.mjs] } }
    Properties:
      CodeUri: .
      Handler: direct.handler
      Environment: { Variables: { TABLE: !Ref Seen } }
      EventInvokeConfig:
        MaximumRetryAttempts: 1
        DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Dead.Arn } }
  Queued:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [queued.ts], Format: esm, MainFields: "module,main", OutExtension: [.js=.mjs] } }
    Properties:
      CodeUri: .
      Handler: queued.handler
      Environment: { Variables: { TABLE: !Ref Seen } }
      Events:
        FromQueue:
          Type: SQS
          Properties:
            Queue: !GetAtt Things.Arn
            BatchSize: 10
            FunctionResponseTypes: [ReportBatchItemFailures]
`;

/** Plain HTTP instead of an AWS client keeps these bundles, and so the cold starts, small. */
export const AWS = `
const call = async (endpoint, target, version, body) => {
  const response = await fetch(endpoint, { method: "POST", body: JSON.stringify(body), headers: {
    "content-type": "application/x-amz-json-" + version, "x-amz-target": target,
    authorization: "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/any/aws4_request, SignedHeaders=host, Signature=0",
    "x-amz-date": "20260101T000000Z" } });
  if (!response.ok) throw new Error(target + ": " + await response.text());
  return response.json();
};
const put = (id) => call(process.env.AWS_ENDPOINT_URL_DYNAMODB, "DynamoDB_20120810.PutItem", "1.0",
  { TableName: process.env.TABLE, Item: { id: { S: id } } });
`;

const HANDLERS = {
  "front.ts": `${AWS}
export const handler = async (event) => {
  const { id } = JSON.parse(event.body);
  const result = await call(process.env.AWS_ENDPOINT_URL_EVENTBRIDGE, "AWSEvents.PutEvents", "1.1", { Entries: [
    { EventBusName: process.env.BUS, Source: "test", DetailType: "Thing", Detail: JSON.stringify({ id }) } ] });
  if (result.FailedEntryCount !== 0) throw new Error(JSON.stringify(result));
  return { statusCode: 202, body: id };
};`,
  "direct.ts": `${AWS}
export const handler = async (event) => {
  if (event.detail.id === "poison") throw new Error("cannot");
  await put("direct-" + event.detail.id);
};`,
  "queued.ts": `${AWS}
export const handler = async ({ Records }) => {
  const batchItemFailures = [];
  for (const { messageId, body } of Records) {
    const { id } = JSON.parse(body).detail;
    if (id === "poison") batchItemFailures.push({ itemIdentifier: messageId });
    else await put("queued-" + id);
  }
  return { batchItemFailures };
};`,
};

/** Writes the app to a temporary folder, which goes with the test. */
export async function writeApp(
  change: (template: string) => string = (template) => template,
): Promise<{ readonly file: string; readonly buildDir: string }> {
  const folder = await temporaryFolder();
  const file = join(folder, "template.yaml");
  await writeFile(file, change(TEMPLATE));
  for (const [name, source] of Object.entries(HANDLERS)) await writeFile(join(folder, name), source);
  return { file, buildDir: join(folder, "build") };
}
