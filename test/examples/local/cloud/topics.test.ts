import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { expect, it } from "vitest";
import type { Cloud } from "../../../../examples/local/cloud.ts";
import { clientConfig, startApp } from "./start-app.ts";

const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Topic: { Type: AWS::SNS::Topic }
  Failed: { Type: AWS::SNS::Topic, Properties: { Subscription: [{ Protocol: sqs, Endpoint: !GetAtt Letters.Arn }] } }
  Ordered: { Type: AWS::SNS::Topic, Properties: { FifoTopic: true, ContentBasedDeduplication: true } }
  Raw: { Type: AWS::SQS::Queue, Properties: { MaximumMessageSize: 1024 } }
  Line: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }
  Letters: { Type: AWS::SQS::Queue }
  QueuePolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Raw, !Ref Letters, !Ref Line]
      PolicyDocument:
        Statement: [{ Effect: Allow, Principal: { Service: sns.amazonaws.com }, Action: sqs:SendMessage, Resource: "*" }]
  TopicPolicy:
    Type: AWS::SNS::TopicPolicy
    Properties:
      Topics: [!Ref Topic]
      PolicyDocument:
        Statement: [{ Effect: Allow, Principal: { Service: events.amazonaws.com }, Action: sns:Publish, Resource: !Ref Topic }]
  ToRaw:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Topic
      Protocol: sqs
      Endpoint: !GetAtt Raw.Arn
      RawMessageDelivery: true
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Letters.Arn }
  ToLine:
    Type: AWS::SNS::Subscription
    Properties: { TopicArn: !Ref Ordered, Protocol: sqs, Endpoint: !GetAtt Line.Arn, RawMessageDelivery: true }
  Rule:
    Type: AWS::Events::Rule
    Properties: { EventPattern: { source: [test] }, Targets: [{ Id: t, Arn: !Ref Topic }] }
  Worker:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [worker.ts], Format: esm, MainFields: "module,main", OutExtension: [.js=.mjs] } }
    Properties:
      CodeUri: .
      Handler: worker.handler
      Runtime: nodejs24.x
      EventInvokeConfig:
        MaximumRetryAttempts: 0
        DestinationConfig: { OnFailure: { Type: SNS, Destination: !Ref Failed } }
      Events:
        Notified: { Type: SNS, Properties: { Topic: !Ref Topic, FilterPolicy: { kind: [work] } } }
`;
const WORKER = `export const handler = async ({ Records: [{ Sns }] }) => {
  if (Sns.Message === "poison") throw new Error("cannot");
  console.log(JSON.stringify([Sns.Message, Sns.MessageAttributes.kind.Value, process.env.AWS_ENDPOINT_URL_SNS]));
};`;

async function start() {
  const { cloud, facts } = await startApp(TEMPLATE, { "worker.ts": WORKER });
  const topics = cloud.stacks.flatMap((stack) => stack.topics);
  const arn = (name: string) => topics.find(({ logicalId }) => logicalId === name)?.arn ?? "";
  return { cloud, facts, arn };
}

async function publish({ endpoints }: Cloud, command: PublishCommand): Promise<void> {
  const client = new SNSClient({ ...clientConfig, endpoint: endpoints.sns });
  await client.send(command);
  client.destroy();
}

const kind = { kind: { DataType: "String", StringValue: "work" } };

it("carries a message through a topic to a queue and a function, attributes and all", async () => {
  const { cloud, facts, arn } = await start();
  await publish(
    cloud,
    new PublishCommand({
      TopicArn: arn("Topic"),
      Message: "hello",
      MessageAttributes: { ...kind, photo: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) } },
    }),
  );
  await cloud.idle(5_000);
  const lines = facts.flatMap((fact) => (fact.type === "log" ? [fact.line] : []));
  expect(lines.join()).toContain(JSON.stringify(["hello", "work", cloud.endpoints.sns]));
  const queue = cloud.stacks[0]?.queues.find(({ logicalId }) => logicalId === "Raw");
  const { Messages } = await cloud.clients.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queue?.url, MessageAttributeNames: ["All"] }),
  );
  expect(Messages?.[0]).toMatchObject({
    Body: "hello",
    MessageAttributes: {
      kind: { DataType: "String", StringValue: "work" },
      photo: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255]) },
    },
  });
});

it("brings a message that a queue does not take to the subscription's dead-letter queue", async () => {
  const { cloud, facts, arn } = await start();
  await publish(cloud, new PublishCommand({ TopicArn: arn("Topic"), Message: "m".repeat(1_025) }));
  await cloud.idle(5_000);
  expect(facts.filter(({ type }) => type === "dead-letter")).toMatchObject([{ from: "test-Topic (ToRaw)" }]);
  expect((await cloud.inspectQueue("test-Letters")).map(({ body }) => body.length)).toEqual([1_025]);
});

it("is published to by rules, and by functions that fail", async () => {
  const { cloud, arn } = await start();
  const events = new EventBridgeClient({ ...clientConfig, endpoint: cloud.endpoints.eventbridge });
  await events.send(
    new PutEventsCommand({ Entries: [{ Source: "test", DetailType: "Happened", Detail: '{"n":1}' }] }),
  );
  events.destroy();
  await publish(
    cloud,
    new PublishCommand({ TopicArn: arn("Topic"), Message: "poison", MessageAttributes: kind }),
  );
  await cloud.idle(5_000);
  const bodies = (await cloud.inspectQueue("test-Raw")).map(({ body }) => body);
  expect(bodies).toContain("poison");
  expect(bodies.filter((body) => body !== "poison").map((body) => JSON.parse(body).detail)).toEqual([
    { n: 1 },
  ]);
  const [letter] = await cloud.inspectQueue("test-Letters");
  const failed = JSON.parse(JSON.parse(letter?.body ?? "").Message);
  expect(failed.requestContext.condition).toBe("RetriesExhausted");
  expect(failed.requestPayload.Records[0].Sns.Message).toBe("poison");
});

it("fills a FIFO queue in order, each message once", async () => {
  const { cloud, arn } = await start();
  for (const Message of ["1", "2", "1", "3"]) {
    await publish(cloud, new PublishCommand({ TopicArn: arn("Ordered"), Message, MessageGroupId: "g" }));
  }
  await cloud.idle(5_000);
  expect((await cloud.inspectQueue("test-Line.fifo")).map(({ body }) => body)).toEqual(["1", "2", "3"]);
});
