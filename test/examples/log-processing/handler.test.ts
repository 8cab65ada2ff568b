import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { fakeContext } from "holdfast/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../examples/local/clock.ts";
import { type DynamoDb, startDynamoDb } from "../../../examples/local/dynamodb/service.ts";
import { startHttpServer } from "../../../examples/local/process/http-server.ts";
import { startReaper } from "../../../examples/local/process/reaper.ts";
import { tableByKey } from "../../../examples/local/run/tables.ts";
import { type S3, startS3 } from "../../../examples/local/s3/server.ts";
import { loadTemplate } from "../../../examples/local/template/load-template.ts";
import type { Stack } from "../../../examples/local/template/stack.ts";
import example from "../../../examples/log-processing/events/object-created.json" with { type: "json" };

/** Stops what was started, last first. */
const stops: (() => Promise<unknown>)[] = [];
let stack: Stack;
let dynamodb: DynamoDb;
let s3: S3;
let bucket = "";
/** Notifications that S3 sent to the function, in order. */
const notified: Notification[] = [];
/** Transactions that the table refuses for being too many. */
let throttled = 0;

type Notification = { Records: { eventTime: string; s3: { object: { versionId?: string } } }[] };

beforeAll(async () => {
  const reaper = startReaper();
  stops.push(() => reaper.stop());
  stack = loadTemplate("examples/log-processing/template.yaml", {
    name: "log-processing",
    region: "us-east-1",
    sqsEndpoint: "http://127.0.0.1:9",
  });
  dynamodb = await startDynamoDb({ reaper, region: stack.region });
  stops.push(() => dynamodb.stop());
  await dynamodb.createTables(stack.tables);
  const proxy = await startThrottlingProxy();
  stops.push(() => proxy.stop());

  const directory = await mkdtemp(join(tmpdir(), "logs-"));
  stops.push(() => rm(directory, { recursive: true, force: true }));
  s3 = await startS3({
    directory,
    region: stack.region,
    accountId: stack.accountId,
    clock: systemClock(),
    observe: () => {},
    deliver: async (_, payload) => void notified.push(JSON.parse(payload)),
    putEvent: async () => {},
  });
  stops.push(() => s3.stop());
  await s3.createBuckets(
    stack.buckets.map(({ notifications: targets, eventBridge, ...more }) => ({
      ...more,
      notifications: { targets, eventBridge },
    })),
  );
  bucket = stack.buckets[0]?.name ?? "";

  for (const [name, value] of Object.entries({
    ...stack.functions[0]?.environment,
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
  })) {
    vi.stubEnv(name, String(value));
  }
});
afterAll(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** DynamoDB, behind a table that is throttled for as many transactions as `throttled` says. */
async function startThrottlingProxy() {
  const server = await startHttpServer(async (request, response) => {
    const chunks: Buffer[] = [];
    // A request without an encoding yields Buffers.
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const target = String(request.headers["x-amz-target"]);
    const json = { "content-type": "application/x-amz-json-1.0" };
    if (target.endsWith("TransactWriteItems") && throttled > 0) {
      throttled -= 1;
      const reasons = [{ Code: "None" }, { Code: "ThrottlingError", Message: "too many" }, { Code: "None" }];
      response.writeHead(400, json);
      return void response.end(
        JSON.stringify({
          __type: "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
          message: "Transaction cancelled",
          CancellationReasons: reasons,
        }),
      );
    }
    const { authorization = "", "x-amz-date": date = "" } = request.headers;
    const answer = await fetch(dynamodb.endpoint, {
      method: "POST",
      headers: { ...json, "x-amz-target": target, authorization, "x-amz-date": String(date) },
      body: Buffer.concat(chunks),
    });
    response.writeHead(answer.status, json);
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  return { endpoint: `http://127.0.0.1:${server.port}`, stop: server.stop };
}

const lines: Record<string, unknown>[] = [];
beforeEach(() => {
  notified.length = 0;
  lines.length = 0;
  throttled = 0;
  vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(JSON.parse(String(text))) > 0);
});

/** Puts an object, and gives the notification that came of it. */
async function put(Key: string, Body: string | Buffer, more: object = {}): Promise<Notification> {
  const before = notified.length;
  await s3.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.from(Body), ...more }));
  return vi.waitUntil(() => notified[before]);
}

async function handle(event: unknown): Promise<void> {
  const { handler } = await import("../../../examples/log-processing/src/handlers/process-log.ts");
  await handler(event, fakeContext({ functionName: "process-log", timeoutMs: 5_000 }));
}

const rowsOf = (table: string) => tableByKey(dynamodb.client, stack, table);
const idOf = (key: string, event: Notification) =>
  `${bucket}/${key}@${event.Records[0]?.s3.object.versionId}`;
const countOf = async (id: string) => (await rowsOf("ProcessedLogsTable")).get(id)?.["error_count"]?.N;

async function totals() {
  const days = [...(await rowsOf("DailyErrorsTable")).values()];
  const sum = (name: string) => days.reduce((total, day) => total + Number(day[name]?.N), 0);
  return { logs: sum("logs"), errors: sum("errors") };
}

describe("the function that counts a log's errors", () => {
  it("stores the count and adds it to the day once, however often the notification comes", async () => {
    const key = "2026/11/a b+c%20.log";
    const event = await put(key, "ERROR a\nINFO b\nERROR c\n");
    const before = await totals();
    await handle(event);
    await handle(event);
    const id = idOf(key, event);
    const timestamp = event.Records[0]?.eventTime;
    expect((await rowsOf("ProcessedLogsTable")).get(id)).toEqual({
      log_id: { S: id },
      timestamp: { S: timestamp },
      error_count: { N: "2" },
    });
    expect([...(await rowsOf("DailyErrorsTable")).keys()]).toContain(timestamp?.slice(0, 10));
    expect(await totals()).toEqual({ logs: before.logs + 1, errors: before.errors + 2 });
    expect(lines).toEqual([
      expect.objectContaining({
        outcome: "ok",
        correlation_id: id,
        error_count: 2,
        event_type: "s3:ObjectCreated:Put",
      }),
      expect.objectContaining({ outcome: "ok", correlation_id: id, error_count: 2, replayed: true }),
    ]);
  });

  it("lets one of two deliveries at once do the work, and the other come again", async () => {
    const event = await put("twice.log", "ERROR\n");
    const before = await totals();
    const both = await Promise.allSettled([handle(event), handle(event)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(both.find(({ status }) => status === "rejected")).toMatchObject({
      reason: { code: "IDEMPOTENCY_IN_PROGRESS" },
    });
    await handle(event);
    expect(await totals()).toEqual({ logs: before.logs + 1, errors: before.errors + 1 });
  });

  it("counts each version, and of the version that the notification names", async () => {
    const first = await put("over.log", "ERROR\n");
    const second = await put("over.log", "ERROR\nERROR\nERROR\n");
    await handle(second);
    await handle(first);
    expect(await countOf(idOf("over.log", first))).toBe("1");
    expect(await countOf(idOf("over.log", second))).toBe("3");
  });

  it.each([
    ["an empty log", "empty.log", Buffer.alloc(0), "0"],
    ["an empty file that says it is packed", "empty.log.gz", Buffer.alloc(0), "0"],
    ["a packed log", "packed.log.gz", gzipSync("ERROR\nINFO\n"), "1"],
    ["a packed log that does not say so", "packed.log", gzipSync("ERROR\nINFO\n"), "1"],
    ["a log with any key", "日志/é & ü?.log", Buffer.from("ERROR"), "1"],
  ])("counts %s", async (_, key, body, count) => {
    const event = await put(key, body);
    await handle(event);
    expect(await countOf(idOf(key, event))).toBe(count);
  });

  it("counts a copy of a log as a log", async () => {
    await put("original.log", "ERROR\n");
    await s3.client.send(
      new CopyObjectCommand({ Bucket: bucket, Key: "copy.log", CopySource: `${bucket}/original.log` }),
    );
    const event = await vi.waitUntil(() => notified[1]);
    await handle(event);
    expect(await countOf(idOf("copy.log", event))).toBe("1");
  });

  it("is told of logs only: neither of other files nor of deletions", async () => {
    for (const key of ["a.txt", "a.log.bak", "a.gz", "a.LOG", "log"]) {
      await s3.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: "ERROR" }));
    }
    await s3.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: "over.log" }));
    await put("last.log", "");
    expect(notified).toHaveLength(1);
  });

  it("counts nothing of a version that was deleted, says so, and does not fail", async () => {
    const event = await put("deleted.log", "ERROR\n");
    const VersionId = event.Records[0]?.s3.object.versionId;
    await s3.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: "deleted.log", VersionId }));
    const before = await totals();
    await handle(event);
    expect(await countOf(idOf("deleted.log", event))).toBeUndefined();
    expect(await totals()).toEqual(before);
    expect(lines).toEqual([expect.objectContaining({ outcome: "ok", gone: "deleted" })]);
  });

  it("counts a version that a delete marker only hides", async () => {
    const event = await put("hidden.log", "ERROR\n");
    await s3.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: "hidden.log" }));
    await handle(event);
    expect(await countOf(idOf("hidden.log", event))).toBe("1");
  });

  it("never takes one log for another where only one version is kept", async () => {
    const status = (Status: "Suspended" | "Enabled") =>
      s3.client.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status } }));
    await status("Suspended");
    const first = await put("one.log", "ERROR\n");
    const second = await put("one.log", "ERROR\nERROR\n");
    await status("Enabled");
    await put("one.log", "ERROR\nERROR\nERROR\n");
    await handle(first);
    await handle(second);
    expect(lines).toEqual([
      expect.objectContaining({ outcome: "ok", gone: "replaced" }),
      expect.objectContaining({ outcome: "ok", error_count: 2 }),
    ]);
  });

  it("refuses a damaged log with the reason, and leaves nothing of it", async () => {
    const event = await put("damaged.log.gz", gzipSync("ERROR\n".repeat(50)).subarray(0, -9));
    const before = await totals();
    const id = idOf("damaged.log.gz", event);
    for (const _ of ["first", "retry", "last retry"]) {
      await expect(handle(event)).rejects.toMatchObject({
        name: "CorruptLogError",
        message: `s3://${id}: it is no whole gzip file (unexpected end of file). Upload the log again; an overwrite is counted as a new log.`,
      });
    }
    expect(await totals()).toEqual(before);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatchObject({ outcome: "failed", correlation_id: id, error: { code: "LOG_CORRUPT" } });
  });

  it("does the other records of an event when one fails, and only that one when it comes again", async () => {
    const [good, bad, last] = [
      await put("good.log", "ERROR\n"),
      await put("bad.log.gz", "no gzip"),
      await put("last.log", "ERROR\n"),
    ];
    const event = { Records: [...good.Records, ...bad.Records, ...last.Records] };
    const before = await totals();
    await expect(handle(event)).rejects.toMatchObject({ code: "LOG_CORRUPT" });
    await expect(handle(event)).rejects.toMatchObject({ code: "LOG_CORRUPT" });
    expect(await totals()).toEqual({ logs: before.logs + 2, errors: before.errors + 2 });
    expect(lines.map(({ outcome }) => outcome)).toEqual(["ok", "failed", "ok", "ok", "failed", "ok"]);
    await expect(handle({ Records: [...bad.Records, ...bad.Records] })).rejects.toThrow(
      /^2 of 2 logs failed: CorruptLogError: .*bad\.log\.gz.*; CorruptLogError: /,
    );
  });

  it("counts a log while its table is throttled for a moment", async () => {
    const event = await put("throttled.log", "ERROR\n");
    throttled = 2;
    const before = await totals();
    await handle(event);
    expect(throttled).toBe(0);
    expect(await totals()).toEqual({ logs: before.logs + 1, errors: before.errors + 1 });
    expect(lines).toEqual([expect.objectContaining({ outcome: "ok", retries: 2 })]);
  });

  it("does nothing for a test event, and refuses what is no notification, in a line", async () => {
    await handle({ Service: "Amazon S3", Event: "s3:TestEvent", Bucket: bucket });
    expect(lines).toEqual([]);
    await expect(handle({ detail: "something else" })).rejects.toMatchObject({ code: "TERMINAL" });
    expect(lines).toEqual([expect.objectContaining({ outcome: "failed", event_type: "s3:unknown" })]);
  });

  it("has an example event of the form that S3 sends", async () => {
    const event = await put("form.log", "");
    const form = (value: unknown): unknown =>
      typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, form(inner)]))
        : typeof value;
    expect(form(example)).toEqual(form(event));
  });
});
