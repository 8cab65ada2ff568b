import {
  DescribeEventBusCommand,
  EventBridgeClient,
  ListRulesCommand,
  PutEventsCommand,
  PutRuleCommand,
  TestEventPatternCommand,
} from "@aws-sdk/client-eventbridge";
import { afterEach, describe, expect, test } from "vitest";
import {
  type EventBridge,
  type EventBridgeOptions,
  startEventBridge,
} from "../../../../examples/local/eventbridge/server.ts";
import type { CloudFact } from "../../../../examples/local/services.ts";
import type { Bus, Rule, RuleTarget } from "../../../../examples/local/template/stack.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";

const place = { file: "template.yaml", line: 7, path: "Resources.X" };
const prefix = "arn:aws:events:eu-west-1:123456789012";
const orders: Bus = { logicalId: "Orders", name: "orders", arn: `${prefix}:event-bus/orders`, place };
const target: RuleTarget = {
  id: "t",
  arn: "arn:target",
  maximumRetryAttempts: 2,
  maximumEventAgeSeconds: 3_600,
  place,
};
const rule = (name: string, change: Partial<Rule> = {}): Rule => ({
  logicalId: name,
  name,
  arn: `${prefix}:rule/orders/${name}`,
  busName: "orders",
  enabled: true,
  pattern: { source: ["my.app"] },
  targets: [target],
  place,
  ...change,
});
const entry = { EventBusName: "orders", Source: "my.app", DetailType: "Placed", Detail: '{"id":"o-1"}' };

interface SetUp {
  readonly bridge: EventBridge;
  readonly client: EventBridgeClient;
  readonly clock: ManualClock;
  readonly delivered: (readonly [arn: string, payload: string])[];
  readonly facts: CloudFact[];
}

const running: SetUp[] = [];
afterEach(async () => {
  for (const { bridge, client } of running.splice(0)) {
    client.destroy();
    await bridge.stop();
  }
});

async function setUp(options: Partial<EventBridgeOptions> = {}): Promise<SetUp> {
  const clock = manualClock();
  const delivered: SetUp["delivered"] = [];
  const facts: CloudFact[] = [];
  const bridge = await startEventBridge({
    buses: [orders],
    rules: [rule("r1")],
    clock,
    random: () => 0.5,
    observe: (fact) => facts.push(fact),
    deliver: async (arn, payload) => void delivered.push([arn, payload]),
    ...options,
  });
  const client = new EventBridgeClient({
    endpoint: bridge.endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
    maxAttempts: 1,
  });
  const made = { bridge, client, clock, delivered, facts };
  running.push(made);
  return made;
}

describe("PutEvents through the AWS client", () => {
  test("an event reaches the targets of the rules that match, as an envelope", async () => {
    const { client, delivered, facts } = await setUp();
    const Time = new Date("2026-01-02T03:04:05.678Z");
    const detail = '{"amount": 12345678901234567890, "n": 1.0}';
    const { Entries, FailedEntryCount } = await client.send(
      new PutEventsCommand({ Entries: [{ ...entry, Time, Resources: ["arn:r"], Detail: detail }] }),
    );
    expect(FailedEntryCount).toBe(0);
    expect(delivered.map(([arn]) => arn)).toEqual(["arn:target"]);
    const payload = delivered[0]?.[1] ?? "";
    expect(payload).toContain(`"detail":${detail}`);
    expect(JSON.parse(payload)).toEqual({
      version: "0",
      id: Entries?.[0]?.EventId,
      "detail-type": "Placed",
      source: "my.app",
      account: "123456789012",
      time: "2026-01-02T03:04:05Z",
      region: "eu-west-1",
      resources: ["arn:r"],
      detail: JSON.parse(detail),
    });
    expect(facts).toEqual([{ type: "event-published", busName: "orders", matchedRules: 1 }]);
  });

  test("the time is that of arrival when none is given, in whole seconds", async () => {
    const { client, delivered } = await setUp();
    await client.send(new PutEventsCommand({ Entries: [entry] }));
    expect(JSON.parse(delivered[0]?.[1] ?? "")).toMatchObject({
      time: "2026-11-22T18:43:48Z",
      resources: [],
    });
  });

  test("only enabled rules of the same bus that match get it, each target of each", async () => {
    const two = { ...target, id: "t2", arn: "arn:second", inputPath: "$.detail.id" };
    const { client, delivered, facts } = await setUp({
      rules: [
        rule("both", { targets: [target, two] }),
        rule("other-bus", { busName: "default" }),
        rule("disabled", { enabled: false }),
        rule("other-source", { pattern: { source: ["other"] } }),
      ],
    });
    await client.send(new PutEventsCommand({ Entries: [{ ...entry, EventBusName: orders.arn }] }));
    expect(delivered).toEqual([
      ["arn:target", expect.stringContaining('"o-1"')],
      ["arn:second", '"o-1"'],
    ]);
    expect(facts).toEqual([{ type: "event-published", busName: "orders", matchedRules: 1 }]);
  });

  test("the default bus is there without a template's help", async () => {
    const { client, delivered } = await setUp({ rules: [rule("r", { busName: "default" })] });
    const { EventBusName: _, ...toDefault } = entry;
    await client.send(new PutEventsCommand({ Entries: [toDefault] }));
    expect(delivered).toHaveLength(1);
  });

  test("results stand in the order of the entries, and a bad entry does not touch the others", async () => {
    const { client, delivered } = await setUp();
    const { FailedEntryCount, Entries } = await client.send(
      new PutEventsCommand({
        Entries: [
          { ...entry, Detail: "[]" },
          entry,
          { ...entry, Source: "aws.s3" },
          { ...entry, DetailType: "" },
        ],
      }),
    );
    expect(FailedEntryCount).toBe(3);
    expect(Entries?.map(({ ErrorCode, EventId }) => ErrorCode ?? typeof EventId)).toEqual([
      "MalformedDetail",
      "string",
      "NotAuthorizedForSourceException",
      "InvalidArgument",
    ]);
    expect(delivered).toHaveLength(1);
  });

  test("a fault makes the entries fail that the caller chooses", async () => {
    const { client, delivered } = await setUp({
      failEntry: (_entry, index) =>
        index === 1 ? { code: "ThrottlingException", message: "slow down" } : undefined,
    });
    const { Entries } = await client.send(new PutEventsCommand({ Entries: [entry, entry] }));
    expect(Entries).toEqual([
      { EventId: expect.any(String) },
      { ErrorCode: "ThrottlingException", ErrorMessage: "slow down" },
    ]);
    expect(delivered).toHaveLength(1);
  });

  test("an unknown bus answers with an id and drops the event, as AWS does", async () => {
    const { client, delivered, facts } = await setUp();
    const { Entries } = await client.send(
      new PutEventsCommand({ Entries: [{ ...entry, EventBusName: "nowhere" }] }),
    );
    expect(Entries).toEqual([{ EventId: expect.any(String) }]);
    expect(delivered).toEqual([]);
    expect(facts).toEqual([{ type: "dropped", from: "nowhere", reason: expect.stringContaining("nowhere") }]);
  });

  test("what another service tells goes to the default bus, under a source that no customer may use", async () => {
    const { bridge, client, delivered } = await setUp({
      buses: [],
      rules: [rule("default", { busName: "default", pattern: { source: ["aws.s3"] } })],
    });
    const refused = { Source: "aws.s3", DetailType: "Object Created", Detail: "{}" };
    const { Entries } = await client.send(new PutEventsCommand({ Entries: [refused] }));
    expect(Entries).toMatchObject([{ ErrorCode: "NotAuthorizedForSourceException" }]);
    const event = {
      source: "aws.s3",
      detailType: "Object Created",
      timeMs: Date.UTC(2026, 0, 2),
      resources: ["arn:aws:s3:::b"],
      detail: '{"n":1}',
    } as const;
    bridge.putServiceEvent(event);
    expect(delivered.map(([, payload]) => JSON.parse(payload))).toMatchObject([
      {
        source: "aws.s3",
        "detail-type": "Object Created",
        time: "2026-01-02T00:00:00Z",
        resources: ["arn:aws:s3:::b"],
        detail: { n: 1 },
      },
    ]);
    expect(() => bridge.putServiceEvent({ ...event, detail: "[]" })).toThrow(/aws\.s3: MalformedDetail/);
  });

  test("pending counts what has not arrived", async () => {
    let arrive = (): void => {};
    const { bridge, client, clock } = await setUp({
      deliver: () =>
        new Promise((resolve) => {
          arrive = resolve;
        }),
    });
    await client.send(new PutEventsCommand({ Entries: [entry] }));
    expect(bridge.pending()).toBe(1);
    arrive();
    await clock.advance(0);
    expect(bridge.pending()).toBe(0);
  });

  test("a listener that throws loses nothing", async () => {
    const { client, delivered } = await setUp({
      observe: () => {
        throw new Error("listener");
      },
    });
    const { Entries } = await client.send(new PutEventsCommand({ Entries: [entry, entry] }));
    expect(Entries?.every(({ EventId }) => EventId !== undefined)).toBe(true);
    expect(delivered).toHaveLength(2);
  });
});

describe("other operations", () => {
  test("TestEventPattern, DescribeEventBus and ListRules", async () => {
    const { client } = await setUp();
    const EventPattern = '{"a":[{"prefix":"x"}]}';
    expect(
      await client.send(new TestEventPatternCommand({ EventPattern, Event: '{"a":"xy"}' })),
    ).toMatchObject({ Result: true });
    expect(await client.send(new DescribeEventBusCommand({ Name: "orders" }))).toMatchObject({
      Arn: orders.arn,
    });
    const { Rules } = await client.send(new ListRulesCommand({ EventBusName: "orders" }));
    expect(Rules).toMatchObject([{ Name: "r1", State: "ENABLED", EventPattern: '{"source":["my.app"]}' }]);
  });

  test("errors have AWS's names", async () => {
    const { client } = await setUp();
    await expect(client.send(new PutEventsCommand({ Entries: [] }))).rejects.toMatchObject({
      name: "ValidationException",
    });
    await expect(client.send(new DescribeEventBusCommand({ Name: "no" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    await expect(
      client.send(new TestEventPatternCommand({ EventPattern: '{"a":1}', Event: "{}" })),
    ).rejects.toMatchObject({ name: "InvalidEventPatternException" });
    await expect(client.send(new PutRuleCommand({ Name: "r" }))).rejects.toMatchObject({
      name: "UnknownOperationException",
      message: expect.stringContaining("PutRule"),
    });
  });
});

describe("bad input", () => {
  test.each([
    ["no target header", {}, "{}", "UnknownOperationException"],
    [
      "an inherited name as the operation",
      { "x-amz-target": "AWSEvents.constructor" },
      "{}",
      "UnknownOperationException",
    ],
    ["a body that is no JSON", { "x-amz-target": "AWSEvents.PutEvents" }, "{", "SerializationException"],
    [
      "a number for a name",
      { "x-amz-target": "AWSEvents.DescribeEventBus" },
      '{"Name":5}',
      "SerializationException",
    ],
    ["a body that is null", { "x-amz-target": "AWSEvents.PutEvents" }, "null", "SerializationException"],
    ["a body that is a list", { "x-amz-target": "AWSEvents.PutEvents" }, "[]", "SerializationException"],
    [
      "a body that is too large",
      { "x-amz-target": "AWSEvents.PutEvents" },
      "x".repeat(9_000_000),
      "RequestEntityTooLargeException",
    ],
  ])("%s is answered, and the next request is served", async (_rule, headers, body, code) => {
    const { bridge, client } = await setUp();
    const answer = await fetch(bridge.endpoint, { method: "POST", headers, body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ __type: code, message: expect.stringMatching(/\w/) });
    expect(await client.send(new PutEventsCommand({ Entries: [entry] }))).toMatchObject({
      FailedEntryCount: 0,
    });
  });

  test("a wrong pattern or target is refused before anything starts, with its place", async () => {
    await expect(setUp({ rules: [rule("bad", { pattern: { a: [] } })] })).rejects.toThrow(
      /template\.yaml:7 \(Resources\.X\): rule bad: .*\$\.a/,
    );
    await expect(
      setUp({ rules: [rule("bad", { targets: [{ ...target, inputPath: "x" }] })] }),
    ).rejects.toThrow(/template\.yaml:7 .* Target t: InputPath/);
  });
});

test("stop closes the endpoint and the waiting retries", async () => {
  const { bridge, client, clock } = await setUp({ deliver: () => Promise.reject(new Error("down")) });
  await client.send(new PutEventsCommand({ Entries: [entry] }));
  await clock.advance(0);
  expect(clock.timers()).toBe(1);
  await bridge.stop();
  expect(clock.timers()).toBe(0);
  await expect(fetch(bridge.endpoint)).rejects.toThrow();
});
