import { describe, expect, it } from "vitest";
import { inspectDefinition } from "../../../../examples/local/step-functions/inspect.ts";
import type { Json } from "../../../../examples/local/step-functions/states.ts";
import { functionArn, oneState } from "./set-up.ts";

const task = { Type: "Task", Resource: functionArn };
const processor = { StartAt: "In", States: { In: { Type: "Pass", End: true } } };
const map = { Type: "Map", ItemProcessor: processor };

/** Places and messages, each in one text. */
const problems = (definition: Json): string[] =>
  inspectDefinition(definition).map(({ path, message }) => `${path.join(".")}: ${message}`);

describe("a definition is refused, with the state's place, for", () => {
  it.each<[string, Json, string]>([
    [
      "JSONata",
      { QueryLanguage: "JSONata", ...oneState({ Type: "Pass" }) },
      "QueryLanguage: JSONata is not served",
    ],
    [
      "a state in JSONata",
      oneState({ Type: "Pass", QueryLanguage: "JSONata" }),
      "States.Only.QueryLanguage: JSONata",
    ],
    [
      "a variable that is set",
      oneState({ Type: "Pass", Assign: { a: 1 } }),
      "States.Only.Assign: Assign of a Pass state",
    ],
    [
      "a variable that is read",
      oneState({ Type: "Pass", Parameters: { "a.$": "$order.id" } }),
      "States.Only.Parameters.a.$: variables",
    ],
    [
      "a heartbeat",
      oneState({ ...task, HeartbeatSeconds: 5 }),
      "States.Only.HeartbeatSeconds: HeartbeatSeconds",
    ],
    [
      "a timeout from the input",
      oneState({ ...task, TimeoutSecondsPath: "$.t" }),
      "States.Only.TimeoutSecondsPath",
    ],
    ["credentials", oneState({ ...task, Credentials: {} }), "States.Only.Credentials"],
    [
      "a task token",
      oneState({ Type: "Task", Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken" }),
      "pattern .waitForTaskToken is not served",
    ],
    [
      "waiting for a job",
      oneState({ Type: "Task", Resource: "arn:aws:states:::states:startExecution.sync:2" }),
      "pattern .sync is not served",
    ],
    [
      "another service",
      oneState({ Type: "Task", Resource: "arn:aws:states:::ecs:runTask" }),
      "ecs:runTask is not served here",
    ],
    [
      "a universal integration",
      oneState({ Type: "Task", Resource: "arn:aws:states:::aws-sdk:s3:getObject" }),
      "is not served here",
    ],
    [
      "an activity",
      oneState({ Type: "Task", Resource: "arn:aws:states:us-east-1:000000000000:activity:a" }),
      "is not served here",
    ],
    [
      "a distributed Map",
      oneState({
        ...map,
        ItemProcessor: { ...processor, ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" } },
      }),
      "States.Only.ItemProcessor.ProcessorConfig.Mode: a distributed Map",
    ],
    [
      "an item reader",
      oneState({ ...map, ItemReader: { Resource: "arn:aws:states:::s3:getObject" } }),
      "States.Only.ItemReader",
    ],
    [
      "tolerated failures",
      oneState({ ...map, ToleratedFailureCount: 1 }),
      "States.Only.ToleratedFailureCount",
    ],
    [
      "a context field that is not there",
      oneState({ Type: "Pass", Parameters: { "a.$": "$$.State.EnteredTime" } }),
      "$$.State.EnteredTime is not served here",
    ],
    [
      "the execution's input within a Map",
      oneState({
        ...map,
        ItemProcessor: {
          StartAt: "In",
          States: { In: { Type: "Pass", InputPath: "$$.Execution.Input", End: true } },
        },
      }),
      "States.Only.ItemProcessor.States.In.InputPath: $$.Execution.Input is not served within",
    ],
    [
      "an intrinsic function as a Fail's cause",
      { StartAt: "F", States: { F: { Type: "Fail", CausePath: "States.Format('a')" } } },
      "States.F.CausePath: an intrinsic function",
    ],
    [
      "a pattern with more than *",
      {
        StartAt: "C",
        States: {
          C: { Type: "Choice", Choices: [{ Variable: "$.x", StringMatches: "a?", Next: "P" }] },
          P: { Type: "Pass", End: true },
        },
      },
      "States.C.Choices.0.StringMatches",
    ],
    [
      "an unknown jitter",
      oneState({ ...task, Retry: [{ ErrorEquals: ["States.ALL"], JitterStrategy: "HALF" }] }),
      "States.Only.Retry.0.JitterStrategy",
    ],
    [
      "a delay shorter than the interval",
      oneState({ ...task, Retry: [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 9, MaxDelaySeconds: 5 }] }),
      "MaxDelaySeconds 5 must be greater",
    ],
    [
      "a backoff below 1",
      oneState({ ...task, Retry: [{ ErrorEquals: ["States.ALL"], BackoffRate: 0.5 }] }),
      "States.Only.Retry.0.BackoffRate",
    ],
    [
      "an unknown field of a retrier",
      oneState({ ...task, Retry: [{ ErrorEquals: ["States.ALL"], Interval: 5 }] }),
      "States.Only.Retry.0.Interval",
    ],
    [
      "a transition to nowhere",
      { StartAt: "A", States: { A: { Type: "Pass", Next: "B" } } },
      "MISSING_TRANSITION_TARGET",
    ],
    [
      "a state without an end",
      { StartAt: "A", States: { A: { Type: "Pass" } } },
      "AWS would refuse the definition",
    ],
    ["a type that is none", oneState({ Type: "Loop" }), "AWS would refuse the definition"],
  ])("%s", (_what, definition, says) => {
    expect(problems(definition).join("\n")).toContain(says);
  });
});

it("a definition of what is served has no problems, and is left as it was", () => {
  const definition = {
    Comment: "all of it",
    StartAt: "Each",
    TimeoutSeconds: 60,
    States: {
      Each: {
        Type: "Map",
        ItemSelector: { "item.$": "$$.Map.Item.Value", "id.$": "$$.Execution.Id" },
        ItemProcessor: { ProcessorConfig: { Mode: "INLINE" }, ...processor },
        Retry: [
          {
            ErrorEquals: ["States.ALL"],
            IntervalSeconds: 2,
            MaxDelaySeconds: 9,
            BackoffRate: 2,
            JitterStrategy: "FULL",
          },
        ],
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "Failed" }],
        Next: "Call",
      },
      Call: {
        ...task,
        Parameters: { "started.$": "$$.Execution.StartTime", "text.$": "States.Format('{}', $.a)" },
        Next: "Done",
      },
      Done: { Type: "Succeed" },
      Failed: { Type: "Fail", Error: "E" },
    },
  };
  const before = structuredClone(definition);
  expect(problems(definition)).toEqual([]);
  expect(definition).toEqual(before);
});
