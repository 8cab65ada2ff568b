import { describe, expect, it } from "vitest";
import { failed, functionArn, type Harness, machineNamed, ok, oneState, start } from "./set-up.ts";

/** A minute passes in ten milliseconds. */
const speed = 6_000;
const task = { Type: "Task", Resource: functionArn };
const gaps = (calls: Harness["calls"]): number[] =>
  calls.slice(1).map(({ atMs }, index) => atMs - (calls[index]?.atMs ?? 0));

describe("a Task", () => {
  it("gives a function its input and its result on", async () => {
    const machine = machineNamed("m", oneState({ ...task, ResultPath: "$.result" }));
    const { execute, calls } = await start([machine], { invoke: () => ok({ b: 2 }) });
    expect(await execute("m", { a: 1 })).toEqual({ status: "SUCCEEDED", output: { a: 1, result: { b: 2 } } });
    expect(calls).toMatchObject([{ to: functionArn, input: { a: 1 } }]);
  });

  it("by lambda:invoke has the function's result in Payload", async () => {
    const Parameters = { FunctionName: functionArn, "Payload.$": "$.order" };
    const machine = machineNamed(
      "m",
      oneState({ Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Parameters }),
    );
    const { execute, calls } = await start([machine]);
    expect(await execute("m", { order: { id: 7 } })).toEqual({
      status: "SUCCEEDED",
      output: {
        ExecutedVersion: "$LATEST",
        Payload: { id: 7 },
        SdkHttpMetadata: { HttpStatusCode: 200 },
        SdkResponseMetadata: { RequestId: "r" },
        StatusCode: 200,
      },
    });
    expect(calls).toMatchObject([{ input: { id: 7 } }]);
  });

  it("fails with the function's error type, and Lambda's JSON as cause", async () => {
    const { execute } = await start([machineNamed("m", oneState(task))], {
      invoke: () => failed("CardDeclined"),
    });
    const { status, error, cause } = await execute("m");
    expect([status, error]).toEqual(["FAILED", "CardDeclined"]);
    expect(JSON.parse(cause ?? "")).toMatchObject({ errorType: "CardDeclined", errorMessage: "no luck" });
  });

  it.each([
    ["TooManyRequestsException", { status: "throttled", message: "Rate Exceeded." } as const],
    ["ServiceException", { status: "rejected", code: "ServiceException", message: "no" } as const],
  ])("retries Lambda.%s, which Lambda answers with", async (name, answer) => {
    const Retry = [{ ErrorEquals: [`Lambda.${name}`], IntervalSeconds: 1, MaxAttempts: 2 }];
    const { execute, calls } = await start([machineNamed("m", oneState({ ...task, Retry }))], {
      speed,
      invoke: (_input, call) => (call < 3 ? answer : ok("done")),
    });
    expect(await execute("m")).toEqual({ status: "SUCCEEDED", output: "done" });
    expect(calls).toHaveLength(3);
  });

  it.each([
    ["sqs:sendMessage", { QueueUrl: "u", MessageBody: { a: 1 } }, { QueueUrl: "u", MessageBody: '{"a":1}' }],
    ["sns:publish", { TopicArn: "t", Message: { a: 1 } }, { TopicArn: "t", Message: '{"a":1}' }],
    ["events:putEvents", { Entries: [{ Detail: { a: 1 } }] }, { Entries: [{ Detail: '{"a":1}' }] }],
    [
      "dynamodb:putItem",
      { TableName: "t", Item: { id: { S: "1" } } },
      { TableName: "t", Item: { id: { S: "1" } } },
    ],
  ])(
    "calls %s with its parameters, objects as JSON where a text is wanted",
    async (action, Parameters, sent) => {
      const machine = machineNamed(
        "m",
        oneState({ Type: "Task", Resource: `arn:aws:states:::${action}`, Parameters }),
      );
      const { execute, calls } = await start([machine], { call: async () => ({ MessageId: "1" }) });
      expect(await execute("m")).toEqual({ status: "SUCCEEDED", output: { MessageId: "1" } });
      expect(calls).toMatchObject([{ to: action, input: sent }]);
    },
  );

  it("catches a service's error by its name with the service's", async () => {
    const conditional = Object.assign(new Error("The conditional request failed"), {
      name: "ConditionalCheckFailedException",
    });
    const Catch = [
      { ErrorEquals: ["DynamoDB.ConditionalCheckFailedException"], Next: "Seen", ResultPath: "$.error" },
    ];
    const definition = {
      StartAt: "Put",
      States: {
        Put: {
          Type: "Task",
          Resource: "arn:aws:states:::dynamodb:putItem",
          Parameters: {},
          Catch,
          End: true,
        },
        Seen: { Type: "Pass", End: true },
      },
    };
    const { execute } = await start([machineNamed("m", definition)], {
      call: () => Promise.reject(conditional),
    });
    expect(await execute("m", { id: 1 })).toEqual({
      status: "SUCCEEDED",
      output: {
        id: 1,
        error: { Error: "DynamoDB.ConditionalCheckFailedException", Cause: "The conditional request failed" },
      },
    });
  });

  it("fails when EventBridge did not take an entry", async () => {
    const machine = machineNamed(
      "m",
      oneState({ Type: "Task", Resource: "arn:aws:states:::events:putEvents", Parameters: { Entries: [] } }),
    );
    const { execute } = await start([machine], {
      call: async () => ({ FailedEntryCount: 1, Entries: [{}] }),
    });
    expect(await execute("m")).toMatchObject({ status: "FAILED", error: "EventBridge.FailedEntry" });
  });

  it("times out on the cloud's clock, and States.Timeout can be caught", async () => {
    const Catch = [{ ErrorEquals: ["States.Timeout"], Next: "Late" }];
    const definition = {
      StartAt: "Slow",
      States: {
        Slow: { ...task, TimeoutSeconds: 60, Catch, End: true },
        Late: { Type: "Pass", Result: "late", End: true },
      },
    };
    const { execute } = await start([machineNamed("m", definition)], {
      speed,
      invoke: () => new Promise(() => {}),
    });
    expect(await execute("m")).toEqual({ status: "SUCCEEDED", output: "late" });
  });

  it("cannot give on more than 256 KB", async () => {
    const { execute } = await start([machineNamed("m", oneState(task))], {
      invoke: () => ok("x".repeat(262_144)),
    });
    expect(await execute("m")).toMatchObject({ status: "FAILED", error: "States.DataLimitExceeded" });
  });
});

describe("Retry", () => {
  const retried = (retrier: object) =>
    machineNamed("m", oneState({ ...task, Retry: [{ ErrorEquals: ["States.ALL"], ...retrier }] }));

  it("waits the interval times the backoff rate, on the cloud's clock", async () => {
    const { execute, calls } = await start(
      [retried({ IntervalSeconds: 60, BackoffRate: 3, MaxAttempts: 3 })],
      { speed, invoke: () => failed("Busy") },
    );
    expect(await execute("m")).toMatchObject({ status: "FAILED", error: "Busy" });
    expect(calls).toHaveLength(4);
    // 60, 180 and 540 seconds; a timer may be a millisecond early.
    for (const [index, leastMs] of [9, 29, 89].entries()) {
      expect(gaps(calls)[index]).toBeGreaterThanOrEqual(leastMs);
    }
  });

  it("waits no longer than MaxDelaySeconds", async () => {
    const retrier = { IntervalSeconds: 60, BackoffRate: 1_000, MaxDelaySeconds: 120, MaxAttempts: 2 };
    const { execute, calls } = await start([retried(retrier)], { speed, invoke: () => failed("Busy") });
    await execute("m");
    expect(gaps(calls)[1]).toBeGreaterThanOrEqual(19);
    // Without it the second wait takes ten seconds.
    expect(gaps(calls)[1]).toBeLessThan(3_000);
  });

  it("with JitterStrategy FULL waits anything up to the interval", async () => {
    const retrier = { IntervalSeconds: 100, BackoffRate: 1, JitterStrategy: "FULL", MaxAttempts: 12 };
    const { execute, calls } = await start([retried(retrier)], {
      speed: 1_000,
      invoke: () => failed("Busy"),
    });
    await execute("m");
    const all = gaps(calls);
    // Twelve waits of 0 to 100 ms: each over 90 has a chance of 1 in 10^12.
    expect(Math.min(...all)).toBeLessThan(90);
    expect(Math.max(...all) - Math.min(...all)).toBeGreaterThan(5);
  });

  it("stops with the execution", async () => {
    const { stepFunctions, calls, client } = await start(
      [retried({ IntervalSeconds: 1, MaxAttempts: 99_999_999 })],
      {
        invoke: () => failed("Busy"),
      },
    );
    await stepFunctions.receive(machineNamed("m", {}).arn, "{}");
    await new Promise((resolve) => setTimeout(resolve, 30));
    await stepFunctions.stop();
    client.destroy();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([calls.length, stepFunctions.pending()]).toEqual([1, 0]);
  });
});

describe("a Wait", () => {
  const waits = (by: object) => machineNamed("m", oneState({ Type: "Wait", ...by }));

  it.each([
    ["Seconds", { Seconds: 600 }, {}],
    ["SecondsPath", { SecondsPath: "$.wait" }, { wait: 600 }],
    ["Timestamp", { Timestamp: new Date(Date.now() + 600_000).toISOString() }, {}],
    ["TimestampPath", { TimestampPath: "$.until" }, { until: new Date(Date.now() + 605_000).toISOString() }],
  ])("by %s lets the cloud's time pass and gives its input on", async (_by, state, input) => {
    const { execute } = await start([waits(state)], { speed });
    const began = Date.now();
    expect(await execute("m", input)).toEqual({ status: "SUCCEEDED", output: input });
    expect(Date.now() - began).toBeGreaterThanOrEqual(80);
  });

  it("until a time that has passed is none, nor is one of no seconds", async () => {
    const past = waits({ Timestamp: "2020-01-01T00:00:00Z" });
    const none = machineNamed("n", oneState({ Type: "Wait", Seconds: 0 }));
    const { execute } = await start([past, none]);
    expect((await execute("m")).status).toBe("SUCCEEDED");
    expect((await execute("n")).status).toBe("SUCCEEDED");
  });

  it("fails for what is no number of seconds", async () => {
    const { execute } = await start([waits({ SecondsPath: "$.wait" })]);
    expect(await execute("m", { wait: "soon" })).toMatchObject({ status: "FAILED", error: "States.Runtime" });
  });

  it("ends with the machine's own timeout", async () => {
    const machine = machineNamed("m", { TimeoutSeconds: 60, ...oneState({ Type: "Wait", Seconds: 86_400 }) });
    const { execute, stepFunctions } = await start([machine], { speed });
    expect(await execute("m")).toEqual({ status: "TIMED_OUT" });
    expect(stepFunctions.pending()).toBe(0);
  });
});

describe("what the interpreter would read differently", () => {
  const choice = (rule: object) =>
    machineNamed("m", {
      StartAt: "Which",
      States: {
        Which: { Type: "Choice", Choices: [{ ...rule, Next: "Yes" }], Default: "No" },
        Yes: { Type: "Pass", Result: "yes", End: true },
        No: { Type: "Pass", Result: "no", End: true },
      },
    });

  it.each([
    ["IsPresent: false holds for what is not there", { Variable: "$.x", IsPresent: false }, {}, "yes"],
    [
      "IsPresent: false does not hold for what is there",
      { Variable: "$.x", IsPresent: false },
      { x: 1 },
      "no",
    ],
    ["IsString: false holds for a number", { Variable: "$.x", IsString: false }, { x: 1 }, "yes"],
    ["a numeric comparison does not take a text", { Variable: "$.x", NumericLessThan: 10 }, { x: "5" }, "no"],
    ["a numeric comparison takes a number", { Variable: "$.x", NumericLessThan: 10 }, { x: 5 }, "yes"],
    ["a text comparison does not take a number", { Variable: "$.x", StringGreaterThan: "1" }, { x: 5 }, "no"],
    [
      "And, Or and Not hold as they are written",
      {
        And: [
          { Not: { Variable: "$.x", IsPresent: false } },
          { Or: [{ Variable: "$.x", NumericEquals: 1 }] },
        ],
      },
      { x: 1 },
      "yes",
    ],
    [
      "* stands for any text",
      { Variable: "$.x", StringMatches: "order-*.json" },
      { x: "order-7/a.json" },
      "yes",
    ],
  ])("%s", async (_rule, rule, input, expected) => {
    const { execute } = await start([choice(rule)]);
    expect((await execute("m", input)).output).toBe(expected);
  });

  it.each([[false], [0], [""], [null]])("a Pass gives on the Result %j", async (Result) => {
    const { execute } = await start([machineNamed("m", oneState({ Type: "Pass", Result }))]);
    expect(await execute("m", { a: 1 })).toEqual({ status: "SUCCEEDED", output: Result });
  });

  it("ResultPath $ replaces the input", async () => {
    const { execute } = await start([machineNamed("m", oneState({ ...task, ResultPath: "$" }))], {
      invoke: () => ok(7),
    });
    expect((await execute("m", { a: 1 })).output).toBe(7);
  });
});

describe("Map and Parallel", () => {
  it("run their states for each item and branch, with waits and retries on the cloud's clock", async () => {
    const Retry = [{ ErrorEquals: ["Busy"], IntervalSeconds: 60, MaxAttempts: 1 }];
    const definition = {
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          ItemsPath: "$.items",
          ItemSelector: { "n.$": "$$.Map.Item.Value", "of.$": "$$.Execution.Name" },
          ItemProcessor: {
            StartAt: "Work",
            States: { Work: { ...task, Retry, OutputPath: "$.n", End: true } },
          },
          Next: "Both",
        },
        Both: {
          Type: "Parallel",
          Branches: [
            { StartAt: "Sleep", States: { Sleep: { Type: "Wait", Seconds: 60, End: true } } },
            { StartAt: "Pass", States: { Pass: { Type: "Pass", Result: "b", End: true } } },
          ],
          End: true,
        },
      },
    };
    const { execute } = await start([machineNamed("m", definition)], {
      speed,
      invoke: (input, call) => (call === 1 ? failed("Busy") : ok(input)),
    });
    expect((await execute("m", { items: [1, 2] })).output).toEqual([[1, 2], "b"]);
  });

  it("fail without error and cause when the Fail state names none", async () => {
    const branch = { StartAt: "Fail", States: { Fail: { Type: "Fail" } } };
    const { execute } = await start([machineNamed("m", oneState({ Type: "Parallel", Branches: [branch] }))]);
    expect(await execute("m")).toEqual({ status: "FAILED" });
  });

  it("fail with the first failure, and leave no wait running", async () => {
    const definition = oneState({
      Type: "Parallel",
      Branches: [
        { StartAt: "Sleep", States: { Sleep: { Type: "Wait", Seconds: 86_400, End: true } } },
        { StartAt: "Fail", States: { Fail: { Type: "Fail", Error: "No", Cause: "why" } } },
      ],
    });
    const { execute, stepFunctions } = await start([machineNamed("m", definition)]);
    expect(await execute("m")).toEqual({ status: "FAILED", error: "No", cause: "why" });
    expect(stepFunctions.pending()).toBe(0);
  });
});
