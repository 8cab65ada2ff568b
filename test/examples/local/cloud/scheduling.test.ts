import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { describe, expect, it } from "vitest";
import type { Cloud } from "../../../../examples/local/cloud.ts";
import { eventually } from "../lambda/fixtures.ts";
import { clientConfig, startApp } from "./start-app.ts";

const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Seen: { Type: AWS::SQS::Queue }
  Results: { Type: AWS::Events::EventBus, Properties: { Name: results } }
  OnResult:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Results
      EventPattern: { source: [lambda], detail-type: ["Lambda Function Invocation Result - Success"] }
      Targets: [{ Id: q, Arn: !GetAtt Seen.Arn }]
  MaySend:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Seen]
      PolicyDocument:
        Statement: [{ Effect: Allow, Principal: { Service: events.amazonaws.com }, Action: sqs:SendMessage, Resource: "*" }]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Principal: { Service: scheduler.amazonaws.com }, Action: sts:AssumeRole }]
  Nightly:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: cron(0 3 * * ? *)
      FlexibleTimeWindow: { Mode: "OFF" }
      Target: { Arn: !GetAtt Worker.Arn, RoleArn: !GetAtt Role.Arn, Input: '{"day":"<aws.scheduler.scheduled-time>"}' }
  Worker:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [worker.ts], Format: esm, MainFields: "module,main", OutExtension: [.js=.mjs] } }
    Properties:
      CodeUri: .
      Handler: worker.handler
      Runtime: nodejs24.x
      EventInvokeConfig:
        DestinationConfig: { OnSuccess: { Type: EventBridge, Destination: !GetAtt Results.Arn } }
      Events:
        Hourly: { Type: Schedule, Properties: { Schedule: rate(1 hour) } }
`;

const WORKER = "export const handler = async (event) => event;";

async function start(): Promise<Cloud> {
  return (await startApp(TEMPLATE, { "worker.ts": WORKER })).cloud;
}

/** The results of the worker's runs, which its destination brings by way of the bus to the queue. */
async function results(from: Cloud): Promise<{ detail: { responsePayload: unknown }; source: string }[]> {
  return (await from.inspectQueue("test-Seen")).map(({ body }) => JSON.parse(body));
}

describe("the local cloud", () => {
  it("runs a nightly schedule when told to, and the function's result reaches its bus", async () => {
    const cloud = await start();
    await cloud.schedules.fire("Nightly", new Date("2026-11-25T03:00:00Z"));
    await cloud.idle(5_000);
    expect(await results(cloud)).toMatchObject([
      { source: "lambda", detail: { responsePayload: { day: "2026-11-25T03:00:00Z" } } },
    ]);
  });

  it("sends a rule's scheduled event to the rule's targets", async () => {
    const cloud = await start();
    await cloud.schedules.fire("WorkerHourly", new Date("2026-11-25T03:00:00Z"));
    await cloud.idle(5_000);
    expect(await results(cloud)).toMatchObject([
      {
        detail: {
          responsePayload: {
            source: "aws.events",
            "detail-type": "Scheduled Event",
            time: "2026-11-25T03:00:00Z",
            detail: {},
          },
        },
      },
    ]);
  });

  it("takes schedules and invocations over its APIs, and a schedule in the future keeps nothing pending", async () => {
    const cloud = await start();
    const scheduler = new SchedulerClient({ ...clientConfig, endpoint: cloud.endpoints.scheduler });
    const lambda = new LambdaClient({ ...clientConfig, endpoint: cloud.endpoints.lambda });
    await scheduler.send(
      new CreateScheduleCommand({
        Name: "now",
        ScheduleExpression: "rate(1 day)",
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: {
          Arn: "arn:aws:lambda:us-east-1:000000000000:function:test-Worker",
          RoleArn: "arn:aws:iam::000000000000:role/test-Role",
          Input: '{"by":"schedule"}',
        },
      }),
    );
    const { Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: "test-Worker", Payload: Buffer.from('{"by":"call"}') }),
    );
    expect(JSON.parse(Payload?.transformToString() ?? "")).toEqual({ by: "call" });
    await eventually(async () => (await results(cloud)).length === 1);
    await cloud.idle(5_000);
    expect(await results(cloud)).toMatchObject([{ detail: { responsePayload: { by: "schedule" } } }]);
    scheduler.destroy();
    lambda.destroy();
  });
});
