import { describe, expect, test } from "vitest";
import { loadTemplate } from "../../../../examples/local/template/load-template.ts";

const load = (options: { speed?: number; parameters?: Record<string, string> } = {}) =>
  loadTemplate("examples/log-processing/template.yaml", {
    name: "logs",
    region: "us-east-1",
    sqsEndpoint: "http://127.0.0.1:9324",
    ...options,
  });

describe("the log-processing app's template", () => {
  test("tells its function of new objects that end in .log or .log.gz, and of nothing else", () => {
    const { buckets, functions } = load();
    expect(buckets).toMatchObject([
      {
        name: "logs-logs-000000000000",
        versioning: "Enabled",
        eventBridge: false,
        notifications: [".log", ".log.gz"].map((suffix) => ({
          destination: "CloudFunction",
          arn: functions[0]?.arn,
          events: ["s3:ObjectCreated:*"],
          prefix: "",
          suffix,
        })),
      },
    ]);
  });

  test("gives a log 30 seconds and 512 MB, and tries twice more", () => {
    expect(load().functions).toMatchObject([
      {
        timeoutSeconds: 30,
        memoryMb: 512,
        runtime: "nodejs24.x",
        environment: {
          IDEMPOTENCY_TABLE: "logs-IdempotencyTable",
          PROCESSED_LOGS_TABLE: "logs-ProcessedLogsTable",
          DAILY_ERRORS_TABLE: "logs-DailyErrorsTable",
          HOLDFAST_DISABLE: "none",
        },
        asyncInvoke: { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 },
      },
    ]);
  });

  test("keeps what failed for 14 days", () => {
    const { queues, functions } = load();
    expect(queues).toMatchObject([{ logicalId: "FailedLogs", retentionSeconds: 1_209_600 }]);
    expect(functions[0]?.asyncInvoke.onFailureArn).toBe(queues[0]?.arn);
  });

  test("has its tables, keyed by what must be unique", () => {
    const keys = load().tables.map(({ logicalId, keySchema, ttlAttribute }) => [
      logicalId,
      keySchema.map(({ AttributeName }) => AttributeName).join(),
      ttlAttribute,
    ]);
    expect(keys).toEqual([
      ["IdempotencyTable", "id", "expiresAt"],
      ["ProcessedLogsTable", "log_id", undefined],
      ["DailyErrorsTable", "day", undefined],
    ]);
  });

  test("passes on the kill switch and a shorter timeout", () => {
    const { functions } = load({ parameters: { DisabledPolicies: "idempotency", FunctionTimeout: "3" } });
    expect(functions[0]).toMatchObject({
      timeoutSeconds: 3,
      environment: { HOLDFAST_DISABLE: "idempotency" },
    });
  });

  test("runs so fast that a retry still comes after the lease of the run that died, and no faster", () => {
    const parameters = { FunctionTimeout: "3" };
    expect(() => load({ speed: 15, parameters })).not.toThrow();
    expect(() => load({ speed: 60, parameters })).toThrow("outlasts its source's retries");
  });

  test("has an alarm for failures, for what throttles and for what is slow", () => {
    const alarms = load()
      .deployOnly.filter(({ type }) => type === "AWS::CloudWatch::Alarm")
      .map(({ logicalId }) => logicalId);
    expect(alarms.sort()).toEqual([
      "FailedLogsArriving",
      "FailedLogsWaiting",
      "FailuresLost",
      "ProcessLogAge",
      "ProcessLogErrors",
      "ProcessLogSlow",
      "ProcessLogThrottles",
      "TableLatency",
      "TableThrottles",
    ]);
  });

  test("hears of alarms by e-mail only when an address is given", () => {
    const subscribed = (parameters: Record<string, string>) =>
      load({ parameters }).deployOnly.some(({ logicalId }) => logicalId === "AlarmSubscription");
    expect(subscribed({})).toBe(false);
    expect(subscribed({ AlarmEmail: "ops@example.com" })).toBe(true);
  });
});
