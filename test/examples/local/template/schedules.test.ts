import { describe, expect, it, test } from "vitest";
import { loadText, markedLine, problemsOf, sam, workerFunction } from "./load-text.ts";

const role = (principal = "scheduler.amazonaws.com"): string => `Role:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Statement: [{ Effect: Allow, Principal: { Service: ${principal} }, Action: sts:AssumeRole }]
`;

/** A schedule that is right in itself, with properties and target properties added. */
function schedule(properties = "", target = "Arn: !GetAtt Worker.Arn, RoleArn: !GetAtt Role.Arn"): string {
  return `Nightly:
  Type: AWS::Scheduler::Schedule
  Properties:
    ScheduleExpression: cron(0 3 * * ? *)
    FlexibleTimeWindow: { Mode: "OFF" }
    Target: { ${target} }
${properties}`;
}

const others = `Q: { Type: AWS::SQS::Queue }
F: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }
`;

describe("AWS::Scheduler::Schedule", () => {
  it("has AWS's defaults", () => {
    const { schedules } = loadText(sam(`${schedule()}${workerFunction()}${role()}`));
    expect(schedules).toEqual([
      {
        logicalId: "Nightly",
        name: "app-Nightly",
        arn: "arn:aws:scheduler:us-east-1:000000000000:schedule/default/app-Nightly",
        place: expect.anything(),
        groupName: "default",
        expression: "cron(0 3 * * ? *)",
        timezone: "UTC",
        enabled: true,
        target: {
          arn: "arn:aws:lambda:us-east-1:000000000000:function:app-Worker",
          roleArn: "arn:aws:iam::000000000000:role/app-Role",
          maximumRetryAttempts: 185,
          maximumEventAgeSeconds: 86_400,
        },
      },
    ]);
  });

  it("keeps what is written, in a group of the template", () => {
    const properties = `    GroupName: !Ref Group
    ScheduleExpressionTimezone: Europe/Berlin
    StartDate: "2026-12-01T00:00:00Z"
    State: DISABLED
`;
    const target =
      "Arn: !GetAtt F.Arn, RoleArn: !GetAtt Role.Arn, Input: go, SqsParameters: { MessageGroupId: g }, RetryPolicy: { MaximumRetryAttempts: 3 }, DeadLetterConfig: { Arn: !GetAtt Q.Arn }";
    const resources = others.replace("FifoQueue: true", "FifoQueue: true, ContentBasedDeduplication: true");
    const group = "Group: { Type: AWS::Scheduler::ScheduleGroup, Properties: { Name: night } }\n";
    const stack = loadText(sam(`${schedule(properties, target)}${resources}${group}${role()}`));
    expect(stack.scheduleGroups).toMatchObject([{ name: "night" }]);
    expect(stack.schedules).toMatchObject([
      {
        arn: "arn:aws:scheduler:us-east-1:000000000000:schedule/night/app-Nightly",
        groupName: "night",
        timezone: "Europe/Berlin",
        startDate: "2026-12-01T00:00:00Z",
        enabled: false,
        target: {
          input: "go",
          messageGroupId: "g",
          maximumRetryAttempts: 3,
          deadLetterArn: "arn:aws:sqs:us-east-1:000000000000:app-Q",
        },
      },
    ]);
  });

  const all = `${workerFunction()}${role()}${others}`;
  test.each([
    [
      "an expression that is none",
      schedule().replace("cron(0 3 * * ? *)", "cron(0 3 * * * *) # here"),
      "must be ?",
    ],
    ["a time zone that is none", schedule("    ScheduleExpressionTimezone: Mars # here\n"), "no time zone"],
    ["no role", schedule("", "Arn: !GetAtt Worker.Arn"), "RoleArn is missing"],
    [
      "no flexible window",
      schedule().replace('    FlexibleTimeWindow: { Mode: "OFF" }\n', ""),
      "FlexibleTimeWindow is missing",
    ],
    [
      "a flexible window without minutes",
      schedule().replace('"OFF"', "FLEXIBLE"),
      "MaximumWindowInMinutes goes with",
    ],
    [
      "a target that is not served",
      schedule("", "Arn: !GetAtt Role.Arn, RoleArn: !GetAtt Role.Arn"),
      "is not served here",
    ],
    [
      "a universal target",
      schedule("", "Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage', RoleArn: !GetAtt Role.Arn"),
      "is no resource of this template",
    ],
    [
      "a FIFO queue without a group",
      schedule("", "Arn: !GetAtt F.Arn, RoleArn: !GetAtt Role.Arn"),
      "needs SqsParameters",
    ],
    [
      "a FIFO queue that does not deduplicate by content",
      schedule("", "Arn: !GetAtt F.Arn, RoleArn: !GetAtt Role.Arn, SqsParameters: { MessageGroupId: g }"),
      "set ContentBasedDeduplication",
    ],
    [
      "a FIFO dead-letter queue",
      schedule(
        "",
        "Arn: !GetAtt Worker.Arn, RoleArn: !GetAtt Role.Arn, DeadLetterConfig: { Arn: !GetAtt F.Arn }",
      ),
      "must be a standard queue",
    ],
    [
      "text for a function that is no JSON",
      schedule("", "Arn: !GetAtt Worker.Arn, RoleArn: !GetAtt Role.Arn, Input: go"),
      "JSON only",
    ],
    ["a group that is not there", schedule("    GroupName: none\n"), "no schedule group none"],
    [
      "an end before the start",
      schedule('    StartDate: "2026-12-01T00:00:00Z"\n    EndDate: "2026-11-01T00:00:00Z" # here\n'),
      "ends before it starts",
    ],
  ])("is refused with %s", (_what, resources, says) => {
    const template = sam(`${resources}${all}`);
    const problems = problemsOf(template);
    expect(problems.map(({ message }) => message).join("\n")).toContain(says);
    const line = markedLine(template);
    if (line > 0) expect(problems.map(({ place }) => place.line)).toContain(line);
  });

  it("is refused when its role does not trust the Scheduler", () => {
    const messages = problemsOf(sam(`${schedule()}${workerFunction()}${role("lambda.amazonaws.com")}`));
    expect(messages.map(({ message }) => message)).toEqual([
      expect.stringContaining("does not trust scheduler.amazonaws.com"),
    ]);
  });
});

describe("a rule with a schedule", () => {
  const rule = (expression: string, more = ""): string => `R:
  Type: AWS::Events::Rule
  Properties:
    ScheduleExpression: ${expression}
${more}    Targets: [{ Id: f, Arn: !GetAtt Worker.Arn }]
P: { Type: AWS::Lambda::Permission, Properties: { Action: lambda:InvokeFunction, FunctionName: !Ref Worker, Principal: events.amazonaws.com, SourceArn: !GetAtt R.Arn } }
`;

  it("is a rule without a pattern, and a schedule in UTC that has the rule as its target", () => {
    const { rules, schedules } = loadText(sam(`${rule("rate(5 minutes)")}${workerFunction()}`));
    const arn = "arn:aws:events:us-east-1:000000000000:rule/app-R";
    expect(rules).toMatchObject([{ arn, targets: [{ id: "f" }] }]);
    expect(rules[0]).not.toHaveProperty("pattern");
    expect(schedules).toMatchObject([
      { logicalId: "R", name: "app-R", arn, expression: "rate(5 minutes)", timezone: "UTC", target: { arn } },
    ]);
  });

  test.each([
    [
      "on a bus of its own",
      rule("rate(5 minutes)", "    EventBusName: !Ref B\n"),
      "only a rule of the default bus",
    ],
    ["at a single time", rule("at(2026-11-25T03:00:00)"), "a rule knows rate and cron"],
    ["with a unit that does not fit the number", rule("rate(1 minutes)"), "is refused by rules"],
    ["that is none", rule("hourly"), "is no schedule"],
  ])("is refused %s", (_what, resources, says) => {
    const bus = "B: { Type: AWS::Events::EventBus, Properties: { Name: b } }\n";
    const messages = problemsOf(sam(`${resources}${workerFunction()}${bus}`)).map(({ message }) => message);
    expect(messages.join("\n")).toContain(says);
  });
});

describe("a function's Events", () => {
  const withEvent = (event: string): string => sam(workerFunction(`Events:\n  Tick: ${event}`));

  it("of type Schedule make a rule with its permission", () => {
    const { rules, schedules } = loadText(
      withEvent(
        "{ Type: Schedule, Properties: { Schedule: rate(1 hour), Enabled: false, Input: '{\"n\":1}' } }",
      ),
    );
    expect(rules).toMatchObject([
      { name: "app-WorkerTick", enabled: false, targets: [{ input: '{"n":1}' }] },
    ]);
    expect(schedules).toMatchObject([{ name: "app-WorkerTick", enabled: false, expression: "rate(1 hour)" }]);
  });

  it("of type ScheduleV2 make a schedule, whose role SAM makes", () => {
    const { rules, schedules } = loadText(
      withEvent(
        "{ Type: ScheduleV2, Properties: { ScheduleExpression: cron(0 3 * * ? *), ScheduleExpressionTimezone: Asia/Tokyo } }",
      ),
    );
    expect(rules).toEqual([]);
    expect(schedules).toMatchObject([
      {
        name: "app-WorkerTick",
        timezone: "Asia/Tokyo",
        target: { arn: "arn:aws:lambda:us-east-1:000000000000:function:app-Worker" },
      },
    ]);
  });

  it("of both types are refused with an expression that is none", () => {
    for (const event of [
      "{ Type: Schedule, Properties: { Schedule: cron(0 3 * * *) } }",
      "{ Type: ScheduleV2, Properties: { ScheduleExpression: cron(0 3 * * *) } }",
    ]) {
      expect(problemsOf(withEvent(event)).map(({ message }) => message)).toEqual([
        expect.stringContaining("has 5 fields"),
      ]);
    }
  });
});

describe("a function that a schedule invokes", () => {
  const scheduled = (properties: string): string =>
    sam(`${schedule()}${role()}${others}${workerFunction(properties)}`);

  it("is invoked asynchronously: its failures may have a destination", () => {
    const destination = `EventInvokeConfig:
  DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Q.Arn } }
Events:
  Q: { Type: SQS, Properties: { Queue: !GetAtt Q.Arn } }`;
    expect(problemsOf(scheduled(destination))).toEqual([]);
  });

  it("must not have a lease that outlasts its retries", () => {
    const lease = "Timeout: 200\nEnvironment: { Variables: { IDEMPOTENCY_TABLE: t } }";
    expect(problemsOf(scheduled(lease)).map(({ message }) => message)).toEqual([
      expect.stringContaining("outlasts its source's retries"),
    ]);
  });
});
