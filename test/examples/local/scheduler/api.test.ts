import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  type ListSchedulesCommandInput,
  ListTagsForResourceCommand,
  UpdateScheduleCommand,
} from "@aws-sdk/client-scheduler";
import { beforeEach, describe, expect, it } from "vitest";
import { deadLetterArn, type Harness, queueArn, roleArn, scheduleNamed, start } from "./set-up.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await start();
});

const nightly: CreateScheduleCommandInput = {
  Name: "nightly",
  ScheduleExpression: "cron(0 3 * * ? *)",
  FlexibleTimeWindow: { Mode: "OFF" },
  Target: { Arn: queueArn, RoleArn: roleArn, Input: "close the day" },
};

const create = (over: Partial<CreateScheduleCommandInput> = {}) =>
  harness.client.send(new CreateScheduleCommand({ ...nightly, ...over }));
const get = (Name: string, GroupName?: string) =>
  harness.client.send(new GetScheduleCommand({ Name, ...(GroupName === undefined ? {} : { GroupName }) }));

/** The exception's name and HTTP status. */
const refusal = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => "answered",
    (error: { name: string; $metadata: { httpStatusCode: number } }) => [
      error.name,
      error.$metadata.httpStatusCode,
    ],
  );

describe("a schedule", () => {
  it("is created with AWS's defaults, and read back as it is", async () => {
    const { ScheduleArn } = await create();
    expect(ScheduleArn).toBe("arn:aws:scheduler:us-east-1:000000000000:schedule/default/nightly");
    const { $metadata, ...schedule } = await get("nightly");
    expect(schedule).toEqual({
      ActionAfterCompletion: "NONE",
      Arn: ScheduleArn,
      CreationDate: new Date(harness.clock.now()),
      LastModificationDate: new Date(harness.clock.now()),
      FlexibleTimeWindow: { Mode: "OFF" },
      GroupName: "default",
      Name: "nightly",
      ScheduleExpression: "cron(0 3 * * ? *)",
      ScheduleExpressionTimezone: "UTC",
      State: "ENABLED",
      Target: {
        Arn: queueArn,
        RoleArn: roleArn,
        Input: "close the day",
        RetryPolicy: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
      },
    });
  });

  it("keeps everything it was given", async () => {
    const given = {
      ActionAfterCompletion: "DELETE",
      Description: "once a night",
      StartDate: new Date("2026-12-01T00:00:00Z"),
      EndDate: new Date("2027-01-01T00:00:00Z"),
      ScheduleExpressionTimezone: "Europe/Berlin",
      State: "DISABLED",
      FlexibleTimeWindow: { Mode: "FLEXIBLE", MaximumWindowInMinutes: 15 },
      Target: {
        Arn: "arn:aws:events:us-east-1:000000000000:event-bus/jobs",
        RoleArn: roleArn,
        Input: "{}",
        EventBridgeParameters: { DetailType: "Night", Source: "clock" },
        RetryPolicy: { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 },
        DeadLetterConfig: { Arn: deadLetterArn },
      },
    } as const;
    await create(given);
    expect(await get("nightly")).toMatchObject(given);
  });

  it("exists once in its group, unless the same request comes again", async () => {
    await create({ ClientToken: "a" });
    expect(await refusal(create({ ClientToken: "b" }))).toEqual(["ConflictException", 409]);
    expect(await refusal(create({ ClientToken: "a" }))).toBe("answered");
  });

  it("is replaced as a whole by an update", async () => {
    await create({ Description: "old", State: "DISABLED" });
    await harness.clock.advance(1_000);
    await harness.client.send(
      new UpdateScheduleCommand({ ...nightly, ScheduleExpression: "rate(1 day)", Target: nightly.Target }),
    );
    const schedule = await get("nightly");
    expect(schedule.Description).toBeUndefined();
    expect(schedule).toMatchObject({ State: "ENABLED", ScheduleExpression: "rate(1 day)" });
    expect(Number(schedule.LastModificationDate) - Number(schedule.CreationDate)).toBe(1_000);
  });

  it("is gone once deleted", async () => {
    await create();
    await harness.client.send(new DeleteScheduleCommand({ Name: "nightly" }));
    const gone = ["ResourceNotFoundException", 404];
    expect(await refusal(get("nightly"))).toEqual(gone);
    expect(await refusal(harness.client.send(new DeleteScheduleCommand({ Name: "nightly" })))).toEqual(gone);
    expect(await refusal(harness.client.send(new UpdateScheduleCommand(nightly)))).toEqual(gone);
    expect(harness.clock.timers()).toBe(0);
  });

  it.each<[string, Partial<CreateScheduleCommandInput>]>([
    ["an expression that is none", { ScheduleExpression: "cron(0 3 * * * *)" }],
    ["a time zone that is none", { ScheduleExpressionTimezone: "Mars/Olympus" }],
    ["a name with other characters", { Name: "every night" }],
    ["an end before the start", { StartDate: new Date(2_000), EndDate: new Date(1_000) }],
    ["a flexible window without minutes", { FlexibleTimeWindow: { Mode: "FLEXIBLE" } }],
    ["a target without a role", { Target: { Arn: queueArn, RoleArn: undefined } }],
    ["a role that is none", { Target: { Arn: queueArn, RoleArn: "admin" } }],
    [
      "a universal target",
      { Target: { Arn: "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", RoleArn: roleArn } },
    ],
    ["a FIFO queue without a group", { Target: { Arn: `${queueArn}.fifo`, RoleArn: roleArn } }],
    [
      "text that is no JSON for a function",
      { Target: { Arn: "arn:aws:lambda:us-east-1:0:function:f", RoleArn: roleArn, Input: "go" } },
    ],
    [
      "too many retries",
      { Target: { Arn: queueArn, RoleArn: roleArn, RetryPolicy: { MaximumRetryAttempts: 186 } } },
    ],
    ["a key of one's own", { KmsKeyArn: "arn:aws:kms:us-east-1:0:key/k" }],
  ])("is refused with %s", async (_what, over) => {
    expect(await refusal(create(over))).toEqual(["ValidationException", 400]);
    expect((await harness.client.send(new ListSchedulesCommand({}))).Schedules).toEqual([]);
    expect(harness.clock.timers()).toBe(0);
  });

  it("needs a group that exists", async () => {
    expect(await refusal(create({ GroupName: "none" }))).toEqual(["ResourceNotFoundException", 404]);
  });

  it("has no tags here, and says so", async () => {
    const tags = harness.client.send(new ListTagsForResourceCommand({ ResourceArn: "arn" }));
    expect(await refusal(tags)).toEqual(["ValidationException", 400]);
  });
});

describe("lists", () => {
  it("are filtered by group, state and the beginning of the name, and come in pages", async () => {
    await harness.client.send(new CreateScheduleGroupCommand({ Name: "night" }));
    await create({ Name: "a1" });
    await create({ Name: "a2", State: "DISABLED" });
    await create({ Name: "b1", GroupName: "night" });
    const names = async (input: ListSchedulesCommandInput) =>
      ((await harness.client.send(new ListSchedulesCommand(input))).Schedules ?? []).map(({ Name }) => Name);
    expect(await names({})).toEqual(["a1", "a2", "b1"]);
    expect(await names({ GroupName: "night" })).toEqual(["b1"]);
    expect(await names({ State: "DISABLED" })).toEqual(["a2"]);
    expect(await names({ NamePrefix: "a" })).toEqual(["a1", "a2"]);
    const first = await harness.client.send(new ListSchedulesCommand({ MaxResults: 2 }));
    const { NextToken = "" } = first;
    expect(first.Schedules).toHaveLength(2);
    const second = await harness.client.send(new ListSchedulesCommand({ MaxResults: 2, NextToken }));
    expect([second.Schedules?.[0]?.Name, second.NextToken]).toEqual(["b1", undefined]);
  });

  it("show no schedule of a rule", async () => {
    const arn = "arn:aws:events:us-east-1:000000000000:rule/nightly";
    const other = await start({ schedules: [scheduleNamed("nightly", { arn })] });
    other.scheduler.begin();
    expect((await other.client.send(new ListSchedulesCommand({}))).Schedules).toEqual([]);
    expect(await refusal(other.client.send(new GetScheduleCommand({ Name: "nightly" })))).toEqual([
      "ResourceNotFoundException",
      404,
    ]);
  });
});

describe("schedule groups", () => {
  it("hold names of their own, and take their schedules with them", async () => {
    await harness.client.send(new CreateScheduleGroupCommand({ Name: "night" }));
    await create();
    await create({ GroupName: "night" });
    expect((await get("nightly", "night")).Arn).toMatch(/schedule\/night\/nightly$/);
    await harness.client.send(new DeleteScheduleGroupCommand({ Name: "night" }));
    expect(await refusal(get("nightly", "night"))).toEqual(["ResourceNotFoundException", 404]);
    expect(await refusal(get("nightly"))).toBe("answered");
  });

  it("are created once, listed beside default, and default stays", async () => {
    const { client } = harness;
    const { ScheduleGroupArn } = await client.send(new CreateScheduleGroupCommand({ Name: "night" }));
    expect(await refusal(client.send(new CreateScheduleGroupCommand({ Name: "night" })))).toEqual([
      "ConflictException",
      409,
    ]);
    expect(await client.send(new GetScheduleGroupCommand({ Name: "night" }))).toMatchObject({
      Arn: ScheduleGroupArn,
      State: "ACTIVE",
    });
    const { ScheduleGroups } = await client.send(new ListScheduleGroupsCommand({}));
    expect(ScheduleGroups?.map(({ Name }) => Name)).toEqual(["default", "night"]);
    expect(await refusal(client.send(new DeleteScheduleGroupCommand({ Name: "default" })))).toEqual([
      "ValidationException",
      400,
    ]);
  });
});
