import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ListSchedulesCommand,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { describe, expect, it } from "vitest";
import { deadLetterArn, queueArn, roleArn, type Sent, scheduleNamed, start } from "./set-up.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const times = (sent: readonly Sent[]): string[] => sent.map(({ atMs }) => new Date(atMs).toISOString());
const target = (over: object = {}) => ({ ...scheduleNamed("x").target, ...over });

describe("a schedule runs", () => {
  it("at the times of its cron expression, in its time zone", async () => {
    const nightly = scheduleNamed("nightly", { expression: "cron(0 3 * * ? *)", timezone: "Europe/Berlin" });
    const { scheduler, clock, sent } = await start({ schedules: [nightly] });
    scheduler.begin();
    await clock.advance(2 * DAY);
    expect(times(sent)).toEqual(["2026-11-23T02:00:00.000Z", "2026-11-24T02:00:00.000Z"]);
  });

  it("at once and then at its rate, when it has no start date", async () => {
    const { scheduler, clock, sent } = await start({ schedules: [scheduleNamed("hourly")] });
    scheduler.begin();
    await clock.advance(2 * HOUR);
    expect(times(sent)).toEqual([
      "2026-11-22T18:43:48.250Z",
      "2026-11-22T19:43:48.250Z",
      "2026-11-22T20:43:48.250Z",
    ]);
  });

  it("from its start date to its end date", async () => {
    const bounded = scheduleNamed("bounded", {
      startDate: "2026-11-23T00:00:00Z",
      endDate: "2026-11-23T02:00:00Z",
    });
    const { scheduler, clock, sent } = await start({ schedules: [bounded] });
    scheduler.begin();
    await clock.advance(DAY);
    expect(times(sent)).toEqual([
      "2026-11-23T00:00:00.000Z",
      "2026-11-23T01:00:00.000Z",
      "2026-11-23T02:00:00.000Z",
    ]);
    expect(clock.timers()).toBe(0);
  });

  it("once, after months: longer than a timer can wait", async () => {
    const once = scheduleNamed("once", { expression: "at(2027-06-01T00:00:00)" });
    const { scheduler, clock, sent } = await start({ schedules: [once] });
    scheduler.begin();
    await clock.advance(400 * DAY);
    expect(times(sent)).toEqual(["2027-06-01T00:00:00.000Z"]);
  });

  it("within its flexible window, and says the time that was meant", async () => {
    const loose = scheduleNamed("loose", {
      expression: "cron(0 3 * * ? *)",
      flexibleWindowMinutes: 10,
      target: target({ input: "<aws.scheduler.scheduled-time>" }),
    });
    const { scheduler, clock, sent } = await start({ schedules: [loose] });
    scheduler.begin();
    await clock.advance(DAY);
    expect(times(sent)).toEqual(["2026-11-23T03:05:00.000Z"]);
    expect(sent[0]?.payload).toBe("2026-11-23T03:00:00Z");
  });

  it("as often in the cloud's time as on AWS, at the times it would have there", async () => {
    const hourly = scheduleNamed("hourly", {
      expression: "cron(0 * * * ? *)",
      target: target({ input: "<aws.scheduler.scheduled-time>" }),
    });
    const { scheduler, clock, sent } = await start({ schedules: [hourly], speed: 60 });
    scheduler.begin();
    await clock.advance(3 * HOUR);
    expect(sent.map(({ payload }) => payload)).toEqual([
      "2026-11-22T19:00:00Z",
      "2026-11-22T20:00:00Z",
      "2026-11-22T21:00:00Z",
    ]);
  });

  it("not while it is disabled, nor after it is stopped", async () => {
    const { scheduler, clock, sent, stop } = await start({
      schedules: [
        scheduleNamed("off", { enabled: false }),
        scheduleNamed("on", { expression: "rate(1 day)" }),
      ],
    });
    scheduler.begin();
    await clock.advance(MINUTE);
    expect(sent).toHaveLength(1);
    await stop();
    expect(clock.timers()).toBe(0);
    await clock.advance(3 * DAY);
    expect(sent).toHaveLength(1);
  });

  it("by its new expression once it is updated", async () => {
    const { client, scheduler, clock, sent } = await start({
      schedules: [scheduleNamed("x", { expression: "cron(0 3 * * ? *)" })],
    });
    scheduler.begin();
    await client.send(
      new UpdateScheduleCommand({
        Name: "x",
        ScheduleExpression: "cron(0 5 * * ? *)",
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: { Arn: queueArn, RoleArn: roleArn },
      }),
    );
    await clock.advance(DAY);
    expect(times(sent)).toEqual(["2026-11-23T05:00:00.000Z"]);
  });
});

describe("after its last time a schedule", () => {
  it.each([
    ["DELETE", []],
    ["NONE", ["once"]],
  ] as const)("with ActionAfterCompletion %s leaves %j", async (ActionAfterCompletion, left) => {
    const { client, clock, sent } = await start();
    await client.send(
      new CreateScheduleCommand({
        Name: "once",
        ScheduleExpression: "at(2026-11-22T19:00:00)",
        ActionAfterCompletion,
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: { Arn: queueArn, RoleArn: roleArn },
      }),
    );
    await clock.advance(HOUR);
    expect(sent).toHaveLength(1);
    const { Schedules } = await client.send(new ListSchedulesCommand({}));
    expect(Schedules?.map(({ Name }) => Name)).toEqual(left);
  });
});

describe("what is sent", () => {
  it("is the input with the four context attributes replaced, and nothing else", async () => {
    const input =
      "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> <aws.scheduler.execution-id> <aws.scheduler.attempt-number> <aws.scheduler.other>";
    const { scheduler, sent } = await start({
      schedules: [scheduleNamed("x", { target: target({ input }) })],
    });
    await scheduler.fire("x", new Date("2026-11-25T03:00:00.900Z"));
    expect(sent[0]?.payload).toMatch(
      /^arn:aws:scheduler:us-east-1:000000000000:schedule\/default\/x 2026-11-25T03:00:00Z [0-9a-f]{16} 1 <aws\.scheduler\.other>$/,
    );
  });

  it("is the Scheduler's notification when there is no input", async () => {
    const { scheduler, sent } = await start({ schedules: [scheduleNamed("x")] });
    await scheduler.fire("x", new Date("2026-11-25T03:00:00Z"));
    expect(JSON.parse(sent[0]?.payload ?? "")).toEqual({
      version: "0",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      "detail-type": "Scheduled Event",
      source: "aws.scheduler",
      account: "000000000000",
      time: "2026-11-25T03:00:00Z",
      region: "us-east-1",
      resources: ["arn:aws:scheduler:us-east-1:000000000000:schedule/default/x"],
      detail: "{}",
    });
  });

  it("is the scheduled event for a rule, whose rate begins after one interval", async () => {
    const arn = "arn:aws:events:us-east-1:000000000000:rule/tick";
    const rule = scheduleNamed("tick", {
      arn,
      expression: "rate(5 minutes)",
      target: { arn, maximumRetryAttempts: 0, maximumEventAgeSeconds: 60 },
    });
    const { scheduler, clock, sent } = await start({ schedules: [rule] });
    scheduler.begin();
    await clock.advance(5 * MINUTE);
    expect(times(sent)).toEqual(["2026-11-22T18:48:48.250Z"]);
    expect(sent[0]?.arn).toBe(arn);
    expect(JSON.parse(sent[0]?.payload ?? "")).toEqual({
      version: "0",
      id: expect.any(String),
      "detail-type": "Scheduled Event",
      source: "aws.events",
      account: "000000000000",
      time: "2026-11-22T18:48:48Z",
      region: "us-east-1",
      resources: [arn],
      detail: {},
    });
  });

  it.each([
    ["a FIFO queue's group", { messageGroupId: "g" }, { MessageGroupId: "g" }],
    ["a stream's partition key", { partitionKey: "p" }, { PartitionKey: "p" }],
    [
      "a bus's source and detail type",
      { eventBridge: { source: "clock", detailType: "Night" } },
      {
        Source: "clock",
        DetailType: "Night",
        Resources: '["arn:aws:scheduler:us-east-1:000000000000:schedule/default/x"]',
      },
    ],
    ["nothing else otherwise", {}, undefined],
  ])("goes with %s", async (_what, over, attributes) => {
    const { scheduler, sent } = await start({ schedules: [scheduleNamed("x", { target: target(over) })] });
    await scheduler.fire("x");
    expect(sent[0]?.attributes).toEqual(attributes);
  });
});

describe("a delivery that fails", () => {
  const throttled = Object.assign(new Error("Rate Exceeded."), { code: "TooManyRequestsException" });
  const toTarget = ({ arn }: Sent): Error | undefined => (arn === queueArn ? throttled : undefined);

  it("is tried again with waits that double, under the same execution id, until it arrives", async () => {
    const input = '{"attempt":"<aws.scheduler.attempt-number>","id":"<aws.scheduler.execution-id>"}';
    let failures = 3;
    const { scheduler, clock, sent, facts } = await start({
      schedules: [scheduleNamed("x", { target: target({ input }) })],
      fail: () => (failures-- > 0 ? throttled : undefined),
    });
    const fired = scheduler.fire("x");
    await clock.advance(HOUR);
    await fired;
    const waits = sent.slice(1).map(({ atMs }, index) => atMs - (sent[index]?.atMs ?? 0));
    expect(waits).toEqual([750, 1_500, 3_000]);
    const payloads = sent.map(({ payload }): { attempt: string; id: string } => JSON.parse(payload));
    expect(payloads.map(({ attempt }) => attempt)).toEqual(["1", "2", "3", "4"]);
    expect(new Set(payloads.map(({ id }) => id)).size).toBe(1);
    expect(facts.filter(({ type }) => type === "schedule-retry")).toHaveLength(3);
    expect(scheduler.pending()).toBe(0);
  });

  it("goes to the dead-letter queue once its retries are used up, with AWS's attributes", async () => {
    const { scheduler, clock, sent, facts } = await start({
      schedules: [
        scheduleNamed("x", { target: target({ input: "go", maximumRetryAttempts: 2, deadLetterArn }) }),
      ],
      fail: toTarget,
    });
    const fired = scheduler.fire("x", new Date("2026-11-25T03:00:00Z"));
    await clock.advance(HOUR);
    await fired;
    expect(sent.map(({ arn }) => arn)).toEqual([queueArn, queueArn, queueArn, deadLetterArn]);
    expect(sent[3]?.payload).toBe("go");
    expect(sent[3]?.attributes).toEqual({
      ERROR_CODE: "TooManyRequestsException",
      ERROR_MESSAGE: "Rate Exceeded.",
      EXECUTION_ID: expect.stringMatching(/^[0-9a-f]{16}$/),
      EXHAUSTED_RETRY_CONDITION: "MaximumRetryAttempts",
      IS_PAYLOAD_TRUNCATED: "false",
      RETRY_ATTEMPTS: "2",
      SCHEDULED_TIME: "2026-11-25T03:00:00Z",
      SCHEDULE_ARN: "arn:aws:scheduler:us-east-1:000000000000:schedule/default/x",
      TARGET_ARN: queueArn,
    });
    expect(facts.at(-1)).toMatchObject({ type: "dead-letter", from: "x", to: deadLetterArn });
  });

  it("ends by its age, in the cloud's time", async () => {
    const { scheduler, clock, sent } = await start({
      schedules: [scheduleNamed("x", { target: target({ maximumEventAgeSeconds: 60, deadLetterArn }) })],
      fail: toTarget,
      speed: 60,
    });
    const fired = scheduler.fire("x");
    await clock.advance(DAY);
    await fired;
    expect(sent.at(-1)?.attributes).toMatchObject({ EXHAUSTED_RETRY_CONDITION: "MaximumEventAgeInSeconds" });
    // 0.75 s, 1.5 s, … 24 s are 47.25 s together; the next wait would end after 95.
    expect(sent.filter(({ arn }) => arn === queueArn)).toHaveLength(7);
  });

  it("without a dead-letter queue is dropped, and said so", async () => {
    const { scheduler, facts } = await start({
      schedules: [scheduleNamed("x", { target: target({ maximumRetryAttempts: 0 }) })],
      fail: toTarget,
    });
    await scheduler.fire("x");
    expect(facts.at(-1)).toMatchObject({ type: "dropped", from: "x" });
  });
});

describe("fire", () => {
  it("runs one occurrence now, of a schedule by name, logical id or group and name, also a disabled one", async () => {
    const { scheduler, clock, sent, facts } = await start({
      schedules: [scheduleNamed("x", { enabled: false })],
    });
    for (const name of ["x", "xResource", "default/x"]) await scheduler.fire(name);
    expect(times(sent)).toEqual(Array(3).fill(new Date(clock.now()).toISOString()));
    expect(facts.filter(({ type }) => type === "schedule-fired")).toHaveLength(3);
  });

  it("runs what the API has made of the template's schedule, and nothing once it is deleted", async () => {
    const expression = "cron(0 3 * * ? *)";
    const { client, scheduler, sent } = await start({ schedules: [scheduleNamed("x", { expression })] });
    scheduler.begin();
    await client.send(
      new UpdateScheduleCommand({
        Name: "x",
        ScheduleExpression: expression,
        FlexibleTimeWindow: { Mode: "OFF" },
        Target: { Arn: queueArn, RoleArn: roleArn, Input: "new" },
      }),
    );
    await scheduler.fire("xResource");
    expect(sent.map(({ payload }) => payload)).toEqual(["new"]);
    await client.send(new DeleteScheduleCommand({ Name: "x" }));
    await expect(scheduler.fire("xResource")).rejects.toThrow(
      "there is no schedule xResource; there are none",
    );
  });

  it("names the schedules there are when there is none of that name", async () => {
    const { scheduler } = await start({ schedules: [scheduleNamed("x")] });
    await expect(scheduler.fire("y")).rejects.toThrow("there is no schedule y; there are xResource");
  });

  it("counts as pending only while it is under way", async () => {
    const { scheduler, clock } = await start({
      schedules: [
        scheduleNamed("x", { expression: "cron(0 3 * * ? *)", target: target({ maximumRetryAttempts: 1 }) }),
      ],
      fail: () => new Error("busy"),
    });
    scheduler.begin();
    expect(scheduler.pending()).toBe(0);
    const fired = scheduler.fire("x");
    expect(scheduler.pending()).toBe(1);
    await clock.advance(MINUTE);
    await fired;
    expect(scheduler.pending()).toBe(0);
  });
});
