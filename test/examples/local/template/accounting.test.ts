import { describe, expect, test } from "vitest";
import { loadTemplate } from "../../../../examples/local/template/load-template.ts";

const load = (options: { speed?: number; parameters?: Record<string, string> } = {}) =>
  loadTemplate("examples/accounting/template.yaml", {
    name: "accounting",
    sqsEndpoint: "http://127.0.0.1:9324",
    ...options,
    parameters: {
      DatabaseHost: "ledger.proxy-abc.eu-central-1.rds.amazonaws.com",
      DatabaseProxyId: "prx-0abc",
      DatabaseProxyName: "ledger",
      SubnetIds: "subnet-1,subnet-2",
      SecurityGroupIds: "sg-1",
      ...options.parameters,
    },
  });

describe("the accounting app's template", () => {
  test("takes the queue to its function, failures one by one, dead after three receives", () => {
    const { queueMappings, queues } = load();
    const dead = queues.find(({ logicalId }) => logicalId === "DeadEntries");
    expect(queueMappings).toMatchObject([
      { batchSize: 10, reportBatchItemFailures: true, maximumConcurrency: 5 },
    ]);
    expect(queues.find(({ logicalId }) => logicalId === "EntriesQueue")?.redrive).toEqual({
      deadLetterArn: dead?.arn,
      maxReceiveCount: 3,
    });
  });

  test("keeps a message hidden for six times as long as its function may run, and for 14 days", () => {
    const { queues, functions } = load();
    const queue = queues.find(({ logicalId }) => logicalId === "EntriesQueue");
    expect(queue?.visibilityTimeoutSeconds).toBeGreaterThanOrEqual(
      6 * (functions[0]?.timeoutSeconds ?? Number.NaN),
    );
    expect(new Set(queues.map(({ retentionSeconds }) => retentionSeconds))).toEqual(new Set([1_209_600]));
  });

  test("tells its functions where the database is, and no password", () => {
    for (const { environment } of load().functions) {
      expect(environment).toMatchObject({
        PGHOST: "ledger.proxy-abc.eu-central-1.rds.amazonaws.com",
        PGPORT: "5432",
        PGDATABASE: "ledger",
        PGUSER: "ledger",
        PGSSLMODE: "verify-full",
      });
      expect(Object.keys(environment).join()).not.toMatch(/pass|secret/i);
    }
  });

  test("purges records every night, and names where a purge that failed goes", () => {
    const { schedules, functions, queues } = load();
    const purge = functions.find(({ logicalId }) => logicalId === "PurgeRecordsFunction");
    const failed = queues.find(({ logicalId }) => logicalId === "FailedPurges")?.arn;
    expect(schedules).toMatchObject([
      { expression: "cron(20 3 * * ? *)", target: { arn: purge?.arn, deadLetterArn: failed } },
    ]);
    expect(purge?.asyncInvoke).toMatchObject({ maximumRetryAttempts: 2, onFailureArn: failed });
  });

  test("runs only so fast that no message comes back while it is worked on", () => {
    const parameters = { FunctionTimeout: "20" };
    expect(() => load({ parameters, speed: 15 })).not.toThrow();
    expect(() => load({ parameters, speed: 30 })).toThrow("VisibilityTimeout: at speed 30");
  });

  test("has an alarm for every queue that holds failures, and one for each function's errors", () => {
    const alarms = load()
      .deployOnly.filter(({ type }) => type === "AWS::CloudWatch::Alarm")
      .map(({ logicalId }) => logicalId);
    expect(alarms).toEqual(
      expect.arrayContaining([
        "PostEntryErrors",
        "PurgeRecordsErrors",
        "DeadEntriesWaiting",
        "DeadEntriesArriving",
        "FailedPurgesWaiting",
        "EntriesBacklog",
        "EntriesAge",
      ]),
    );
  });

  test("needs the ids of subnets and security groups that are there already", () => {
    expect(() =>
      loadTemplate("examples/accounting/template.yaml", { name: "a", sqsEndpoint: "http://127.0.0.1:9324" }),
    ).toThrow("SubnetIds has no value");
  });
});
