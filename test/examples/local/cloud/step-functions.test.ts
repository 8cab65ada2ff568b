import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { ListExecutionsCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import type { Cloud } from "../../../../examples/local/cloud.ts";
import { clientConfig, startApp } from "./start-app.ts";

const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Done: { Type: AWS::SQS::Queue }
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Principal: { Service: [events.amazonaws.com, scheduler.amazonaws.com] }, Action: sts:AssumeRole }]
  OnOrder:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: { source: [shop] }
      Targets: [{ Id: m, Arn: !Ref Process, RoleArn: !GetAtt Role.Arn, InputPath: $.detail }]
  Nightly:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: cron(0 3 * * ? *)
      FlexibleTimeWindow: { Mode: "OFF" }
      Target: { Arn: !Ref Process, RoleArn: !GetAtt Role.Arn, Input: '{"id":"nightly"}' }
  Process:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Charge
        States:
          Charge:
            Type: Task
            Resource: arn:aws:states:::lambda:invoke
            Parameters: { FunctionName: !GetAtt Worker.Arn, "Payload.$": $ }
            ResultSelector: { "receipt.$": $.Payload.receipt }
            ResultPath: $.charged
            Retry: [{ ErrorEquals: [CardBusy], IntervalSeconds: 60, MaxAttempts: 2 }]
            Next: Keep
          Keep:
            Type: Task
            Resource: arn:aws:states:::dynamodb:putItem
            Parameters:
              TableName: !Ref Orders
              Item: { id: { "S.$": $.id }, receipt: { "S.$": $.charged.receipt } }
            ResultSelector: { "status.$": $.SdkHttpMetadata.HttpStatusCode }
            ResultPath: $.kept
            Next: Pause
          Pause: { Type: Wait, Seconds: 3600, Next: Tell }
          Tell:
            Type: Task
            Resource: arn:aws:states:::sqs:sendMessage
            Parameters: { QueueUrl: !Ref Done, "MessageBody.$": $ }
            End: true
  Worker:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [worker.ts], Format: esm, MainFields: "module,main", OutExtension: [.js=.mjs] } }
    Properties: { CodeUri: ., Handler: worker.handler, Runtime: nodejs24.x }
`;

/** Busy at its first call. */
const WORKER = `let calls = 0;
export const handler = async ({ id }) => {
  calls += 1;
  if (calls === 1) throw Object.assign(new Error("try again"), { name: "CardBusy" });
  return { receipt: "receipt-" + id };
};`;

async function start(): Promise<Cloud> {
  return (await startApp(TEMPLATE, { "worker.ts": WORKER }, { speed: 3_600 })).cloud;
}

describe("a state machine of a template", () => {
  it("calls its function, retries it, writes to the table, waits and sends to the queue", async () => {
    const cloud = await start();
    const sfn = new SFNClient({ ...clientConfig, endpoint: cloud.endpoints.sfn });
    const stateMachineArn = "arn:aws:states:us-east-1:000000000000:stateMachine:test-Process";
    await sfn.send(new StartExecutionCommand({ stateMachineArn, input: '{"id":"1"}' }));
    expect((await cloud.pending()).invocations).toBeGreaterThan(0);
    await cloud.idle(8_000);

    const { executions } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
    expect(executions).toMatchObject([{ status: "SUCCEEDED" }]);
    const { Item } = await cloud.clients.dynamodb.send(
      new GetItemCommand({ TableName: "test-Orders", Key: { id: { S: "1" } } }),
    );
    expect(Item).toEqual({ id: { S: "1" }, receipt: { S: "receipt-1" } });
    const [message] = await cloud.inspectQueue("test-Done");
    expect(JSON.parse(message?.body ?? "")).toEqual({
      id: "1",
      charged: { receipt: "receipt-1" },
      kept: { status: 200 },
    });
    sfn.destroy();
  });

  it("is started by a rule and by a schedule", async () => {
    const cloud = await start();
    const events = new EventBridgeClient({ ...clientConfig, endpoint: cloud.endpoints.eventbridge });
    const entry = { Source: "shop", DetailType: "Ordered", Detail: '{"id":"by-rule"}' };
    await events.send(new PutEventsCommand({ Entries: [entry] }));
    await cloud.schedules.fire("Nightly");
    await cloud.idle(8_000);
    const bodies = (await cloud.inspectQueue("test-Done")).map(({ body }): { id: string } =>
      JSON.parse(body),
    );
    expect(bodies.map(({ id }) => id).sort()).toEqual(["by-rule", "nightly"]);
    events.destroy();
  });
});
