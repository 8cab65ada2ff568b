import { describe, expect, test } from "vitest";
import { loadTemplate } from "../../../../examples/local/template/load-template.ts";

const load = (options: { speed?: number; parameters?: Record<string, string> } = {}) =>
  loadTemplate("examples/streaming/template.yaml", {
    name: "streaming",
    region: "us-east-1",
    sqsEndpoint: "http://127.0.0.1:9324",
    ...options,
  });

describe("the streaming app's template", () => {
  test("takes ten thousand events of usage at once, or what a minute brings, in lanes by partition key", () => {
    const [usage] = load().streamMappings;
    expect(usage).toMatchObject({
      batchSize: 10_000,
      windowSeconds: 60,
      parallelizationFactor: 2,
      tumblingWindowSeconds: 0,
    });
  });

  test("takes payments at once, in windows that end where three of five minutes do", () => {
    const [, payments] = load().streamMappings;
    expect(payments).toMatchObject({
      windowSeconds: 0,
      parallelizationFactor: 1,
      tumblingWindowSeconds: 900,
    });
  });

  test("reports a stream's failures one by one, bisects what fails whole, and says where it gave up", () => {
    const { streamMappings, queues } = load();
    expect(streamMappings).toHaveLength(2);
    for (const mapping of streamMappings) {
      expect(mapping).toMatchObject({
        reportBatchItemFailures: true,
        bisectOnFunctionError: true,
        maximumRetryAttempts: 250,
      });
      expect(queues.map(({ arn }) => arn)).toContain(mapping.onFailureArn);
    }
  });

  test("has shards for fifty thousand events a second, and keeps them for longer than they are tried", () => {
    const { dataStreams } = load();
    const usage = dataStreams.find(({ logicalId }) => logicalId === "UsageStream");
    expect(usage?.shardCount).toBeGreaterThanOrEqual(50);
    for (const { retentionHours } of dataStreams) expect(retentionHours).toBe(168);
  });

  test("hides a reading for six times as long as its function may run, three times, and keeps it for 14 days", () => {
    const { queues, queueMappings, functions } = load();
    const queue = queues.find(({ logicalId }) => logicalId === "ReadingsQueue");
    expect(queueMappings).toMatchObject([{ reportBatchItemFailures: true, maximumConcurrency: 5 }]);
    expect(queue?.visibilityTimeoutSeconds).toBeGreaterThanOrEqual(
      6 * (functions[0]?.timeoutSeconds ?? Number.NaN),
    );
    expect(queue?.redrive?.maxReceiveCount).toBe(3);
    expect(new Set(queues.map(({ retentionSeconds }) => retentionSeconds))).toEqual(new Set([1_209_600]));
  });

  test("gives each function the tables, queues and the bucket that it writes to, and no others", () => {
    const names = Object.fromEntries(
      load().functions.map(({ logicalId, environment }) => [
        logicalId,
        Object.keys(environment)
          .filter((name) => /_(TABLE|URL|BUCKET)$/.test(name))
          .sort(),
      ]),
    );
    expect(names).toEqual({
      CountUsageFunction: ["DEAD_LETTERS_URL", "USAGE_TABLE"],
      WatchPaymentsFunction: [
        "ALERTS_TABLE",
        "ALERTS_URL",
        "ARCHIVE_BUCKET",
        "DEAD_LETTERS_URL",
        "IDEMPOTENCY_TABLE",
      ],
      StoreReadingsFunction: ["DEAD_LETTERS_URL", "READINGS_TABLE"],
    });
  });

  test("has its tables, keyed by what must be unique", () => {
    const keys = load().tables.map(({ logicalId, keySchema, ttlAttribute }) => [
      logicalId,
      keySchema.map(({ AttributeName }) => AttributeName).join(),
      ttlAttribute,
    ]);
    expect(keys).toEqual([
      ["UsageTable", "account,day", undefined],
      ["AlertsTable", "alertId", undefined],
      ["ReadingsTable", "sensor,at", undefined],
      ["IdempotencyTable", "id", "expiresAt"],
    ]);
  });

  test("passes on the kill switch", () => {
    for (const { environment } of load({ parameters: { DisabledPolicies: "idempotency" } }).functions) {
      expect(environment).toMatchObject({ HOLDFAST_DISABLE: "idempotency" });
    }
  });

  test("has an alarm for failures, for what throttles, for each dead letter and for streams that are behind", () => {
    const alarms = new Set(
      load()
        .deployOnly.filter(({ type }) => type === "AWS::CloudWatch::Alarm")
        .map(({ logicalId }) => logicalId),
    );
    for (const name of ["CountUsage", "WatchPayments", "StoreReadings"]) {
      expect(alarms).toContain(`${name}Errors`);
      expect(alarms).toContain(`${name}Throttles`);
    }
    for (const name of ["DeadUsage", "DeadPayments", "DeadReadings"]) {
      expect(alarms).toContain(`${name}Waiting`);
      expect(alarms).toContain(`${name}Arriving`);
    }
    for (const name of [
      "CountUsageBehind",
      "WatchPaymentsBehind",
      "UsageStreamFull",
      "ReadingsBacklog",
      "ReadingsAge",
      "TableThrottles",
      "TableLatency",
      "TraceDuration",
    ]) {
      expect(alarms).toContain(name);
    }
  });
});
