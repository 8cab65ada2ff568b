import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadTemplate } from "../../../../examples/local/template/load-template.ts";

const load = (options: { speed?: number; parameters?: Record<string, string> } = {}) =>
  loadTemplate("examples/backup/template.yaml", {
    name: "backup",
    sqsEndpoint: "http://127.0.0.1:9324",
    ...options,
  });

const queueNamed = (name: string, { queues } = load()) => queues.find(({ logicalId }) => logicalId === name);

describe("the backup app's template", () => {
  test("takes the queue to its function, failures one by one", () => {
    expect(load().queueMappings).toMatchObject([
      { batchSize: 10, reportBatchItemFailures: true, maximumConcurrency: 50 },
    ]);
  });

  test("lets the function set a chunk aside before SQS gives it up, and tells it when that is", () => {
    for (const parameters of [{}, { MaxReceiveCount: "7" }]) {
      const { functions, ...stack } = load({ parameters });
      const { redrive } = queueNamed("ChunksQueue", { functions, ...stack }) ?? {};
      expect(redrive?.deadLetterArn).toBe(queueNamed("DeadChunks")?.arn);
      expect(redrive?.maxReceiveCount).toBeGreaterThan(3);
      expect(functions[0]?.environment["MAX_RECEIVE_COUNT"]).toBe(String(redrive?.maxReceiveCount));
    }
    expect(() => load({ parameters: { MaxReceiveCount: "3" } })).toThrow("MaxReceiveCount");
  });

  test("keeps a message hidden for six times as long as its function may run, and for 14 days", () => {
    for (const FunctionTimeout of ["20", "50"]) {
      const { queues, functions } = load({ parameters: { FunctionTimeout } });
      const queue = queues.find(({ logicalId }) => logicalId === "ChunksQueue");
      expect(queue?.visibilityTimeoutSeconds).toBeGreaterThanOrEqual(
        6 * (functions[0]?.timeoutSeconds ?? Number.NaN),
      );
      expect(new Set(queues.map(({ retentionSeconds }) => retentionSeconds))).toEqual(new Set([1_209_600]));
    }
  });

  test("takes no message that would not fit into DeadChunks with its reason", () => {
    const [chunks, dead] = ["ChunksQueue", "DeadChunks"].map((name) => queueNamed(name)?.maximumMessageBytes);
    expect(chunks).toBe((dead ?? 0) - 1_024);
  });

  test("has a bucket that keeps what is replaced, and asks for a condition on every chunk", () => {
    expect(load().buckets).toMatchObject([
      { name: "backup-staging-000000000000", versioning: "Enabled", notifications: [] },
    ]);
    const text = readFileSync("examples/backup/template.yaml", "utf8");
    expect(text).toMatch(/Sid: ChunksAreWrittenOnce\n\s+Effect: Deny[\s\S]*?s3:if-none-match: "true"/);
  });

  test("writes chunks once unless the kill switch says otherwise", () => {
    const once = (parameters: Record<string, string>) =>
      load({ parameters }).functions[0]?.environment["WRITE_ONCE"];
    expect(once({})).toBe("true");
    expect(once({ DisabledPolicies: "idempotency" })).toBe("false");
  });

  test("runs only so fast that no message comes back while it is worked on", () => {
    const parameters = { FunctionTimeout: "20" };
    expect(() => load({ parameters, speed: 15 })).not.toThrow();
    expect(() => load({ parameters, speed: 30 })).toThrow("VisibilityTimeout: at speed 30");
  });

  test("has an alarm for errors, for dead letters, for what waits, and for S3", () => {
    const alarms = load()
      .deployOnly.filter(({ type }) => type === "AWS::CloudWatch::Alarm")
      .map(({ logicalId }) => logicalId);
    expect(alarms.sort()).toEqual([
      "ChunksAge",
      "ChunksBacklog",
      "DeadChunksArriving",
      "DeadChunksWaiting",
      "StagingErrors",
      "StagingLatency",
      "StoreChunkErrors",
      "TraceDuration",
    ]);
  });

  test("hears of alarms by e-mail only when an address is given", () => {
    const subscribed = (parameters: Record<string, string>) =>
      load({ parameters }).deployOnly.some(({ logicalId }) => logicalId === "AlarmSubscription");
    expect(subscribed({})).toBe(false);
    expect(subscribed({ AlarmEmail: "ops@example.com" })).toBe(true);
  });
});
