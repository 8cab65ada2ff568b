import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import { loadTemplate } from "../../../../examples/local/template/load-template.ts";
import type { Stack } from "../../../../examples/local/template/stack.ts";
import { loadText, markedLine, problemsOf, sam, workerFunction } from "./load-text.ts";

const role = (principal = "states.amazonaws.com"): string => `Role:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Statement: [{ Effect: Allow, Principal: { Service: ${principal} }, Action: sts:AssumeRole }]
`;

const serverless = (properties: string): string => `Machine:
  Type: AWS::Serverless::StateMachine
  Properties:
${properties}`;

const call = `    Definition:
      StartAt: Call
      States:
        Call: { Type: Task, Resource: !GetAtt Worker.Arn, End: true }
`;

const workerArn = "arn:aws:lambda:us-east-1:000000000000:function:app-Worker";
const called = { StartAt: "Call", States: { Call: { Type: "Task", Resource: workerArn, End: true } } };

/** A template beside a definition in a file of its own. */
function loadWithFile(name: string, definition: string): Stack {
  const folder = mkdtempSync(join(tmpdir(), "state-machine-"));
  try {
    writeFileSync(join(folder, name), definition);
    writeFileSync(join(folder, "worker.ts"), "");
    const file = join(folder, "template.yaml");
    const properties = `    DefinitionUri: ${name}\n    DefinitionSubstitutions: { WorkArn: !GetAtt Worker.Arn }\n`;
    writeFileSync(file, sam(`${serverless(properties)}${workerFunction()}`));
    return loadTemplate(file, { name: "app", sqsEndpoint: "http://127.0.0.1:9324" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("AWS::Serverless::StateMachine", () => {
  it("has its definition inline, a standard type, and a role that SAM makes", () => {
    const { stateMachines, outputs } = loadText(
      `${sam(`${serverless(call)}${workerFunction()}`)}Outputs: { Arn: { Value: !Ref Machine }, Name: { Value: !GetAtt Machine.Name } }\n`,
    );
    const arn = "arn:aws:states:us-east-1:000000000000:stateMachine:app-Machine";
    expect(stateMachines).toMatchObject([
      { logicalId: "Machine", name: "app-Machine", arn, type: "STANDARD", definition: called },
    ]);
    expect(stateMachines[0]?.roleArn).toMatch(/^arn:aws:iam::000000000000:role\//);
    expect(outputs).toEqual({ Arn: arn, Name: "app-Machine" });
  });

  it("reads its definition from a file in JSON or YAML, with substitutions", () => {
    const json = JSON.stringify(called).replace(workerArn, "$" + "{WorkArn}");
    const yaml = "StartAt: Call\nStates:\n  Call: { Type: Task, Resource: '$" + "{WorkArn}', End: true }\n";
    expect(loadWithFile("machine.asl.json", json).stateMachines).toMatchObject([{ definition: called }]);
    expect(loadWithFile("machine.asl.yaml", yaml).stateMachines).toMatchObject([{ definition: called }]);
  });

  it("with a null in its definition is refused once: CloudFormation takes none", () => {
    const template = sam(
      `${serverless(call.replace("End: true", "ResultPath: null, End: true"))}${workerFunction()}`,
    );
    expect(problemsOf(template).map(({ message }) => message)).toEqual([
      expect.stringContaining("CloudFormation refuses null"),
    ]);
  });

  test.each([
    ["no definition", "    Type: EXPRESS\n", "write exactly one of Definition or DefinitionUri"],
    ["two definitions", `${call}    DefinitionUri: x.json\n`, "write exactly one of"],
    ["a file that is not there", "    DefinitionUri: none.asl.json # here\n", "cannot be read"],
    [
      "a substitution without a value",
      call.replace("!GetAtt Worker.Arn", "'$" + "{Work}'"),
      "Work} has no value",
    ],
    [
      "a state that is not served",
      call.replace("End: true }", "End: true, HeartbeatSeconds: 5 } # here"),
      "States.Call.HeartbeatSeconds: HeartbeatSeconds of a Task state is not served",
    ],
    [
      "a function that is not there",
      call.replace("!GetAtt Worker.Arn", "arn:aws:lambda:us-east-1:000000000000:function:other"),
      "the state Call invokes arn:aws:lambda:us-east-1:000000000000:function:other, which is no function",
    ],
    ["a property that is not served", `${call}    UseAliasAsEventTarget: true # here\n`, "is no property"],
    [
      "an event of a queue",
      `${call}    Events: { Q: { Type: SQS, Properties: { Queue: q } } } # here\n`,
      "a state machine has no event of type SQS here",
    ],
  ])("is refused with %s", (_what, properties, says) => {
    const template = sam(`${serverless(properties)}${workerFunction()}`);
    const problems = problemsOf(template);
    expect(problems.map(({ message }) => message).join("\n")).toContain(says);
    const line = markedLine(template);
    if (line > 0) expect(problems.map(({ place }) => place.line)).toContain(line);
  });
});

describe("a state machine's Events", () => {
  it("make rules with a role of SAM's, and schedules", () => {
    const events = `    Events:
      OnOrder: { Type: EventBridgeRule, Properties: { Pattern: { source: [shop] } } }
      Hourly: { Type: Schedule, Properties: { Schedule: rate(1 hour) } }
      Nightly: { Type: ScheduleV2, Properties: { ScheduleExpression: cron(0 3 * * ? *) } }
`;
    const { rules, schedules } = loadText(sam(`${serverless(`${call}${events}`)}${workerFunction()}`));
    const arn = "arn:aws:states:us-east-1:000000000000:stateMachine:app-Machine";
    const roleArn = "arn:aws:iam::000000000000:role/app-Machine-EventsRole";
    expect(rules).toMatchObject([
      { name: "app-MachineOnOrder", pattern: { source: ["shop"] }, targets: [{ arn, roleArn }] },
      { name: "app-MachineHourly", targets: [{ arn, roleArn }] },
    ]);
    expect(schedules).toMatchObject([
      { name: "app-MachineHourly", target: { arn: expect.stringContaining(":rule/app-MachineHourly") } },
      { name: "app-MachineNightly", target: { arn } },
    ]);
  });
});

describe("AWS::StepFunctions::StateMachine", () => {
  const machine = (properties: string): string => `Machine:
  Type: AWS::StepFunctions::StateMachine
  Properties:
${properties}`;

  test.each([
    [
      "DefinitionString",
      `    DefinitionString: !Sub '${JSON.stringify(called).replace(workerArn, "$" + "{Worker.Arn}")}'\n`,
    ],
    ["Definition", call],
  ])("has its definition in %s", (_property, written) => {
    const template = machine(`${written}    RoleArn: !GetAtt Role.Arn\n    StateMachineType: EXPRESS\n`);
    expect(loadText(sam(`${template}${workerFunction()}${role()}`)).stateMachines).toMatchObject([
      { type: "EXPRESS", definition: called, roleArn: "arn:aws:iam::000000000000:role/app-Role" },
    ]);
  });

  it("is refused without a role, and with one that does not trust Step Functions", () => {
    const messages = (template: string) => problemsOf(sam(template)).map(({ message }) => message);
    expect(messages(`${machine(call)}${workerFunction()}`)).toEqual(["RoleArn is missing; add it"]);
    const wrong = `${machine(`${call}    RoleArn: !GetAtt Role.Arn\n`)}${workerFunction()}${role("lambda.amazonaws.com")}`;
    expect(messages(wrong)).toEqual([expect.stringContaining("does not trust states.amazonaws.com")]);
  });
});

describe("a state machine as a target", () => {
  const rule = (more: string): string => `R:
  Type: AWS::Events::Rule
  Properties:
    EventPattern: { source: [a] }
    Targets: [{ Id: m, Arn: !GetAtt Machine.Arn${more} }]
`;
  const messages = (resources: string): readonly string[] =>
    problemsOf(sam(`${resources}${serverless(call)}${workerFunction()}`)).map(({ message }) => message);

  it("of a rule needs a role that trusts EventBridge", () => {
    expect(messages(rule(""))).toEqual([expect.stringContaining("needs a role to start this state machine")]);
    expect(messages(`${rule(", RoleArn: !GetAtt Role.Arn")}${role()}`)).toEqual([
      expect.stringContaining("does not trust events.amazonaws.com"),
    ]);
    expect(messages(`${rule(", RoleArn: !GetAtt Role.Arn")}${role("events.amazonaws.com")}`)).toEqual([]);
  });

  it("of a schedule is served", () => {
    const schedule = `Nightly:
  Type: AWS::Scheduler::Schedule
  Properties:
    ScheduleExpression: rate(1 day)
    FlexibleTimeWindow: { Mode: "OFF" }
    Target: { Arn: !Ref Machine, RoleArn: !GetAtt Role.Arn }
`;
    expect(messages(`${schedule}${role("scheduler.amazonaws.com")}`)).toEqual([]);
  });
});
