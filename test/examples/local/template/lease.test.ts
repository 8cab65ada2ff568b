import { describe, expect, test } from "vitest";
import { loadText, problemsOf, sam, workerFunction } from "./load-text.ts";

interface Source {
  readonly timeout?: number;
  readonly variables: string;
  readonly visibility?: number;
  readonly receives?: number | "without end";
  readonly retries?: number;
  readonly age?: number;
}

function behindQueue({ timeout = 10, variables, visibility = 60, receives = 3 }: Source): string {
  const redrive =
    receives === "without end"
      ? ""
      : `    RedrivePolicy: { deadLetterTargetArn: !GetAtt D.Arn, maxReceiveCount: ${receives} }\n`;
  return sam(
    `${workerFunction(`Timeout: ${timeout}\nEnvironment: { Variables: { ${variables} } }\nEvents:\n  E: { Type: SQS, Properties: { Queue: !GetAtt Q.Arn } }`)}` +
      `Q:\n  Type: AWS::SQS::Queue\n  Properties:\n    VisibilityTimeout: ${visibility}\n${redrive}D: { Type: AWS::SQS::Queue }`,
  );
}

function behindRule({ timeout = 10, variables, retries = 2, age = 21_600 }: Source): string {
  return sam(
    workerFunction(
      `Timeout: ${timeout}\nEnvironment: { Variables: { ${variables} } }\n` +
        `EventInvokeConfig: { MaximumRetryAttempts: ${retries}, MaximumEventAgeInSeconds: ${age} }\n` +
        "Events:\n  E: { Type: EventBridgeRule, Properties: { Pattern: { source: [a] } } }",
    ),
  );
}

const table = "IDEMPOTENCY_TABLE: t";
const lease = (ms: number) => `IDEMPOTENCY_LEASE_MS: ${ms}`;

describe("a lease that ends before the last redelivery is fine:", () => {
  test.each([
    ["a queue's default lease", behindQueue({ variables: table }), 1],
    ["one second short of the queue's schedule", behindQueue({ variables: lease(109_000) }), 1],
    ["two receives and a short run", behindQueue({ variables: table, receives: 2 }), 1],
    ["a queue that never gives up", behindQueue({ variables: lease(3_600_000), receives: "without end" }), 1],
    ["two retries of a rule's function", behindRule({ variables: lease(179_000) }), 1],
    ["one retry of a rule's function", behindRule({ variables: lease(59_000), retries: 1 }), 1],
    ["the same ten times as fast", behindRule({ variables: table }), 10],
    ["a function that is not idempotent", behindRule({ variables: "OTHER: t", retries: 0 }), 1],
  ])("%s", (_what, template, speed) => {
    expect(loadText(template, { speed }).functions).toHaveLength(1);
  });
});

describe("a lease that outlasts the retries is refused with the arithmetic:", () => {
  test.each([
    [
      "as long as the queue's schedule",
      behindQueue({ variables: lease(110_000) }),
      1,
      [
        "120 s (IDEMPOTENCY_LEASE_MS 110 s, claimed within a Timeout of 10 s)",
        "(maxReceiveCount 3 - 1) x VisibilityTimeout 60 s = 120 s",
      ],
    ],
    [
      "one receive, after which nothing comes",
      behindQueue({ variables: table, receives: 1 }),
      1,
      ["(maxReceiveCount 1 - 1) x VisibilityTimeout 60 s = 0 s"],
    ],
    [
      "as long as two retries",
      behindRule({ variables: lease(180_000) }),
      1,
      ["180 s after the failure", "60 s, then 120 s"],
    ],
    [
      "as long as one retry",
      behindRule({ variables: lease(60_000), retries: 1 }),
      1,
      ["MaximumRetryAttempts 1"],
    ],
    ["no retry at all", behindRule({ variables: table, retries: 0 }), 1, ["Lambda waits not at all"]],
    [
      "an event too old for its second retry",
      behindRule({ variables: lease(60_000), age: 100 }),
      1,
      ["MaximumEventAgeInSeconds 100 ends it before"],
    ],
    [
      "waits divided by the speed",
      behindRule({ variables: table }),
      20,
      ["which is 9 s at speed 20", "waits are divided by the speed, timeouts and leases are not"],
    ],
    [
      "a queue's waits divided by the speed",
      behindQueue({ variables: lease(50_000) }),
      2,
      ["which is 60 s at speed 2"],
    ],
  ])("%s", (_what, template, speed, says) => {
    const [problem, ...more] = problemsOf(template, { speed });
    expect(more).toEqual([]);
    for (const part of says) expect(problem?.message).toContain(part);
    expect(problem?.message).toContain("shorten the lease");
  });
});

test("the problem stands at the variable that makes the lease, or else at the Timeout", () => {
  const places = [lease(200_000), table].map(
    (variables) => problemsOf(behindRule({ variables, retries: 0 }))[0]?.place.path,
  );
  expect(places).toEqual([
    "Resources.Worker.Properties.Environment.Variables.IDEMPOTENCY_LEASE_MS",
    "Resources.Worker.Properties.Timeout",
  ]);
});

test("a lease that is no number is refused", () => {
  expect(problemsOf(behindRule({ variables: "IDEMPOTENCY_LEASE_MS: soon" }))[0]?.message).toContain(
    "whole number of milliseconds",
  );
});

test("a visibility timeout divided by the speed must still cover the function's timeout, which is not divided", () => {
  const template = behindQueue({ variables: "OTHER: t" });
  expect(problemsOf(template, { speed: 6 })).toEqual([]);
  expect(problemsOf(template, { speed: 7 })[0]?.message).toContain("use a speed of at most 6");
});

const recordsTable = (ttl: string): string =>
  "T:\n  Type: AWS::DynamoDB::Table\n  Properties:\n    BillingMode: PAY_PER_REQUEST\n" +
  "    AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\n" +
  "    KeySchema: [{ AttributeName: id, KeyType: HASH }]\n" +
  `    TimeToLiveSpecification: { AttributeName: ${ttl}, Enabled: true }\n`;

test.each([
  ["is idempotent, whatever the variable is called", "expiresAt", 1],
  ["is not, when the table's TTL attribute is not that of records", "ttl", 0],
])("a function that is given a table keyed by id %s", (_what, ttl, refusals) => {
  const template = `${behindQueue({ variables: "CLAIMS: !Ref T", receives: 1 })}\n${recordsTable(ttl).replaceAll(/^/gm, "  ").trimEnd()}\n`;
  const refused = problemsOf(template).filter(({ message }) =>
    message.includes("outlasts its source's retries"),
  );
  expect(refused).toHaveLength(refusals);
});
