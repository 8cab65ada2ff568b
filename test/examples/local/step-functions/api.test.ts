import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  StartExecutionCommand,
  StartSyncExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { describe, expect, it } from "vitest";
import { eventually } from "../lambda/fixtures.ts";
import { machineNamed, oneState, start as startHarness } from "./set-up.ts";

const echo = machineNamed("echo", oneState({ Type: "Pass" }));
const long = machineNamed("long", oneState({ Type: "Wait", Seconds: 86_400 }));
const express = machineNamed("express", oneState({ Type: "Pass", Result: { done: true } }), {
  type: "EXPRESS",
});
const fails = machineNamed(
  "fails",
  { StartAt: "No", States: { No: { Type: "Fail", Error: "Shop.Closed", Cause: "it is late" } } },
  { type: "EXPRESS" },
);

const start = () => startHarness([echo, long, express, fails]);

const refusal = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "answered",
    (error: Error) => error.name,
  );

describe("StartExecution", () => {
  it("answers at once with the execution's ARN and start, and the machine runs with its input", async () => {
    const { client, execute } = await start();
    const { executionArn, startDate } = await client.send(
      new StartExecutionCommand({ stateMachineArn: echo.arn, name: "one", input: '{"a":1}' }),
    );
    expect(executionArn).toBe("arn:aws:states:us-east-1:000000000000:execution:echo:one");
    expect(startDate).toBeInstanceOf(Date);
    expect(await execute("echo", { b: 2 })).toEqual({ status: "SUCCEEDED", output: { b: 2 } });
  });

  it("is idempotent by name and input while the execution runs", async () => {
    const { client } = await start();
    const begin = (input: string) =>
      client.send(new StartExecutionCommand({ stateMachineArn: long.arn, name: "one", input }));
    const first = await begin("{}");
    expect(await begin("{}")).toMatchObject({ executionArn: first.executionArn, startDate: first.startDate });
    expect(await refusal(begin('{"other":1}'))).toBe("ExecutionAlreadyExists");
    await client.send(new StopExecutionCommand({ executionArn: first.executionArn }));
    expect(await refusal(begin("{}"))).toBe("ExecutionAlreadyExists");
  });

  it("refuses what AWS refuses", async () => {
    const { client } = await start();
    const begin = (over: object) =>
      refusal(client.send(new StartExecutionCommand({ stateMachineArn: echo.arn, ...over })));
    expect(await begin({ stateMachineArn: `${echo.arn}x` })).toBe("StateMachineDoesNotExist");
    expect(await begin({ input: "{" })).toBe("InvalidExecutionInput");
    expect(await begin({ name: "a b" })).toBe("InvalidName");
    expect(await begin({ input: JSON.stringify("x".repeat(262_144)) })).toBe("ValidationException");
  });
});

describe("StartSyncExecution", () => {
  it("answers with the result of an express machine", async () => {
    const { client } = await start();
    const answer = await client.send(
      new StartSyncExecutionCommand({ stateMachineArn: express.arn, name: "x" }),
    );
    expect(answer).toMatchObject({
      status: "SUCCEEDED",
      output: '{"done":true}',
      name: "x",
      stateMachineArn: express.arn,
    });
    expect(answer.executionArn).toMatch(/:express:express:x:[0-9a-f-]{36}$/);
  });

  it("answers with error and cause when it fails", async () => {
    const { client } = await start();
    expect(await client.send(new StartSyncExecutionCommand({ stateMachineArn: fails.arn }))).toMatchObject({
      status: "FAILED",
      error: "Shop.Closed",
      cause: "it is late",
    });
  });

  it("is for express machines only, whose executions are not described or listed", async () => {
    const { client } = await start();
    const sync = (stateMachineArn: string) => client.send(new StartSyncExecutionCommand({ stateMachineArn }));
    expect(await refusal(sync(echo.arn))).toBe("StateMachineTypeNotSupported");
    const { executionArn } = await sync(express.arn);
    expect(await refusal(client.send(new DescribeExecutionCommand({ executionArn })))).toBe(
      "ExecutionDoesNotExist",
    );
    expect(await refusal(client.send(new ListExecutionsCommand({ stateMachineArn: express.arn })))).toBe(
      "StateMachineTypeNotSupported",
    );
  });
});

describe("an execution", () => {
  it("is described as it runs and once it is stopped, and counts as pending in between", async () => {
    const { client, stepFunctions, facts } = await start();
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn: long.arn, name: "one", input: '{"a":1}' }),
    );
    const describeIt = () => client.send(new DescribeExecutionCommand({ executionArn }));
    expect(await describeIt()).toMatchObject({ status: "RUNNING", input: '{"a":1}', name: "one" });
    expect((await describeIt()).stopDate).toBeUndefined();
    expect(stepFunctions.pending()).toBe(1);
    await client.send(new StopExecutionCommand({ executionArn, error: "Stop", cause: "enough" }));
    expect(await describeIt()).toMatchObject({ status: "ABORTED", error: "Stop", cause: "enough" });
    expect((await describeIt()).stopDate).toBeInstanceOf(Date);
    await eventually(() => stepFunctions.pending() === 0);
    expect(facts).toEqual([
      { type: "execution-start", stateMachine: "long", name: "one" },
      { type: "execution-end", stateMachine: "long", name: "one", status: "ABORTED" },
    ]);
  });

  it("is listed by its machine and status, the newest first, in pages", async () => {
    const { client, execute } = await start();
    await execute("echo");
    for (const name of ["a", "b"]) {
      await client.send(new StartExecutionCommand({ stateMachineArn: long.arn, name }));
    }
    const list = (over: object) =>
      client.send(new ListExecutionsCommand({ stateMachineArn: long.arn, ...over }));
    const { executions, nextToken = "" } = await list({ maxResults: 1 });
    expect(executions).toMatchObject([{ name: "b", status: "RUNNING" }]);
    expect((await list({ nextToken })).executions).toMatchObject([{ name: "a" }]);
    expect((await list({ statusFilter: "SUCCEEDED" })).executions).toEqual([]);
  });

  it("that is not there cannot be described or stopped", async () => {
    const { client } = await start();
    const executionArn = "arn:aws:states:us-east-1:000000000000:execution:echo:none";
    expect(await refusal(client.send(new DescribeExecutionCommand({ executionArn })))).toBe(
      "ExecutionDoesNotExist",
    );
    expect(await refusal(client.send(new StopExecutionCommand({ executionArn })))).toBe(
      "ExecutionDoesNotExist",
    );
  });

  it("leaves nothing behind when the service stops", async () => {
    const { client, stepFunctions } = await start();
    await client.send(new StartExecutionCommand({ stateMachineArn: long.arn }));
    await stepFunctions.stop();
    await eventually(() => stepFunctions.pending() === 0);
  });
});

describe("state machines", () => {
  it("are described and listed", async () => {
    const { client } = await start();
    const { definition = "", ...described } = await client.send(
      new DescribeStateMachineCommand({ stateMachineArn: echo.arn }),
    );
    expect(JSON.parse(definition)).toEqual(echo.definition);
    expect(described).toMatchObject({
      name: "echo",
      type: "STANDARD",
      status: "ACTIVE",
      roleArn: echo.roleArn,
    });
    const { stateMachines } = await client.send(new ListStateMachinesCommand({}));
    expect(stateMachines?.map(({ name, type }) => [name, type])).toEqual([
      ["echo", "STANDARD"],
      ["long", "STANDARD"],
      ["express", "EXPRESS"],
      ["fails", "EXPRESS"],
    ]);
  });
});

it("says what is not served", async () => {
  const { client } = await start();
  const history = client.send(new GetExecutionHistoryCommand({ executionArn: "arn" }));
  await expect(history).rejects.toThrow("GetExecutionHistory is not served here");
});

it("starts an execution with what is delivered to the machine", async () => {
  const { client, stepFunctions } = await start();
  await stepFunctions.receive(echo.arn, '{"from":"rule"}');
  const { executions } = await client.send(new ListExecutionsCommand({ stateMachineArn: echo.arn }));
  const executionArn = executions?.[0]?.executionArn;
  await eventually(
    async () => (await client.send(new DescribeExecutionCommand({ executionArn }))).status === "SUCCEEDED",
  );
  expect((await client.send(new DescribeExecutionCommand({ executionArn }))).output).toBe('{"from":"rule"}');
  await expect(stepFunctions.receive(`${echo.arn}x`, "{}")).rejects.toMatchObject({
    code: "StateMachineDoesNotExist",
  });
});
