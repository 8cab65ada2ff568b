import { SendMessageBatchCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { faultDecisions } from "../../../../examples/local/faults/decide.ts";
import type { InvokeResult, LambdaFaults } from "../../../../examples/local/lambda/invocation.ts";
import { type RunningMapping, startQueueMapping } from "../../../../examples/local/lambda/queue-mapping.ts";
import type { SqsRecord } from "../../../../examples/local/lambda/sqs-event.ts";
import type { CloudFact } from "../../../../examples/local/services.ts";
import { type Sqs, startSqs } from "../../../../examples/local/sqs/service.ts";
import type { Queue, QueueMapping } from "../../../../examples/local/template/stack.ts";
import { queueArn, queueNamed } from "../sqs/fixtures.ts";
import { accountId, eventually, place, realClock, region } from "./fixtures.ts";

const functionArn = "arn:aws:lambda:us-east-1:000000000000:function:consume";
const ok = (payload = "null"): InvokeResult => ({ status: "ok", requestId: "r", payload });
const failed: InvokeResult = { status: "error", requestId: "r", kind: "error", payload: "{}" };
const throttled: InvokeResult = { status: "throttled", requestId: "r", message: "Rate Exceeded." };

let sqs: Sqs;
let queue: Queue;
let running: RunningMapping | undefined;
let batches: SqsRecord[][];
let attempts: number[];
let facts: CloudFact[];

beforeEach(() => {
  batches = [];
  attempts = [];
  facts = [];
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await sqs.stop();
});

const bodies = (): string[] => batches.flat().map(({ body }) => body);
const pids = (records: readonly SqsRecord[]): string[] => records.map(({ messageId }) => messageId);

async function start(
  answer: (records: SqsRecord[], call: number) => InvokeResult | Promise<InvokeResult>,
  given: {
    queue?: Partial<Queue>;
    name?: string;
    mapping?: Partial<QueueMapping>;
    accepts?: (record: SqsRecord) => boolean;
    faults?: LambdaFaults;
    speed?: number;
    pollers?: number;
    send?: readonly string[];
  } = {},
): Promise<void> {
  const clock = realClock(given.speed ?? 1);
  sqs = await startSqs({ region, accountId, clock });
  const dead = queueNamed("dead", sqs.endpoint);
  queue = queueNamed(given.name ?? "orders", sqs.endpoint, given.queue);
  await sqs.createQueues([dead, queue]);
  for (const body of given.send ?? []) await sqs.send(queue.url, body);
  running = startQueueMapping({
    mapping: {
      logicalId: "Mapping",
      queueArn: queue.arn,
      functionArn,
      enabled: true,
      batchSize: 10,
      windowSeconds: 0,
      reportBatchItemFailures: true,
      filters: [],
      place,
      ...given.mapping,
    },
    queue,
    client: sqs.client,
    functionName: "consume",
    invoke: async (arn, payload, how) => {
      expect(arn).toBe(functionArn);
      expect(how.source).toBe(`sqs:${queue.name}`);
      const { Records } = JSON.parse(payload) as { Records: SqsRecord[] };
      batches.push(Records);
      attempts.push(how.attempt ?? 0);
      return answer(Records, batches.length);
    },
    accepts: given.accepts ?? (() => true),
    clock,
    observe: (fact) => void facts.push(fact),
    maxPollers: given.pollers ?? 1,
    ...(given.faults === undefined ? {} : { faults: given.faults }),
  });
}

async function left(name = queue.name): Promise<number> {
  const depth = (await sqs.depths()).find((candidate) => candidate.name === name);
  return depth === undefined ? -1 : depth.visible + depth.inFlight + depth.delayed;
}

describe("an SQS mapping", () => {
  it("gives records in Lambda's own shape", async () => {
    await start(() => ok());
    await sqs.client.send(
      new SendMessageCommand({
        QueueUrl: queue.url,
        MessageBody: "hello",
        MessageAttributes: {
          text: { DataType: "String", StringValue: "a" },
          bytes: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2, 3]) },
        },
      }),
    );
    await eventually(() => batches.length === 1);
    expect(batches[0]).toEqual([
      {
        messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        receiptHandle: expect.any(String),
        body: "hello",
        attributes: {
          ApproximateReceiveCount: "1",
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          SenderId: expect.any(String),
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        },
        messageAttributes: {
          text: { stringValue: "a", stringListValues: [], binaryListValues: [], dataType: "String" },
          bytes: { binaryValue: "AQID", stringListValues: [], binaryListValues: [], dataType: "Binary" },
        },
        md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
        md5OfBody: "5d41402abc4b2a76b9719d911017c592",
        eventSource: "aws:sqs",
        eventSourceARN: queue.arn,
        awsRegion: "us-east-1",
      },
    ]);
  });

  it("deletes a batch that succeeded, and has then nothing pending", async () => {
    await start(() => ok(), { send: ["a", "b", "c"] });
    await eventually(async () => (await left()) === 0);
    expect(bodies().sort()).toEqual(["a", "b", "c"]);
    await eventually(() => running?.pending() === 0);
  });

  it("deletes all but the messages that a partial response names; those come again after the visibility timeout", async () => {
    await start(
      (records, call) =>
        call === 1
          ? ok(
              JSON.stringify({
                batchItemFailures: records
                  .filter(({ body }) => body === "b")
                  .map(({ messageId }) => ({ itemIdentifier: messageId })),
              }),
            )
          : ok(),
      { send: ["a", "b", "c"], queue: { visibilityTimeoutSeconds: 1 } },
    );
    await eventually(async () => (await left()) === 1);
    await eventually(async () => (await left()) === 0);
    expect(batches.map((records) => records.map(({ body }) => body))).toEqual([["a", "b", "c"], ["b"]]);
    expect(attempts).toEqual([1, 2]);
  });

  it("keeps the whole batch when the response names a message it never had", async () => {
    await start(() => ok('{"batchItemFailures":[{"itemIdentifier":"stranger"}]}'), { send: ["a", "b"] });
    await eventually(() => running?.pending() === 0 && batches.length === 1);
    expect(await left()).toBe(2);
  });

  it("takes any result for success when the template asks for no partial responses", async () => {
    await start(
      (records) => ok(JSON.stringify({ batchItemFailures: [{ itemIdentifier: pids(records)[0] }] })),
      {
        send: ["a", "b"],
        mapping: { reportBatchItemFailures: false },
      },
    );
    await eventually(async () => (await left()) === 0);
  });

  it("moves a message that failed too often to the dead-letter queue, and says so", async () => {
    const deadLetterArn = queueArn("dead");
    await start(() => failed, {
      send: ["poison"],
      queue: { visibilityTimeoutSeconds: 20, redrive: { deadLetterArn, maxReceiveCount: 2 } },
      speed: 40,
    });
    await eventually(async () => (await left("dead")) === 1);
    expect(attempts).toEqual([1, 2]);
    expect(await left()).toBe(0);
    expect(facts).toEqual([
      { type: "dead-letter", from: "orders", to: "dead", reason: "received 2 times: function error" },
    ]);
  });

  it("fills a batch beyond ten messages within its window", async () => {
    await start(() => ok(), {
      send: Array.from({ length: 23 }, (_, n) => String(n)),
      queue: { visibilityTimeoutSeconds: 360 },
      mapping: { batchSize: 20, windowSeconds: 60 },
      speed: 200,
    });
    await eventually(async () => (await left()) === 0);
    expect(batches.map((records) => records.length)).toEqual([20, 3]);
  });

  it("does not wait for a full batch longer than its window", async () => {
    await start(() => ok(), { mapping: { batchSize: 100, windowSeconds: 10 }, speed: 100 });
    await sqs.send(queue.url, "one");
    await eventually(() => batches.length === 1, 1_000);
  });

  it("cuts batches so that the records stay within 6 MB", async () => {
    const body = "x".repeat(1_000_000);
    await start(() => ok(), { pollers: 1 });
    for (let n = 0; n < 4; n += 1) {
      const entries = [0, 1].map((at) => ({ Id: String(at), MessageBody: body.slice(0, 500_000) + n + at }));
      await sqs.client.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries: entries }));
    }
    for (let n = 0; n < 8; n += 1) await sqs.send(queue.url, body);
    await eventually(async () => (await left()) === 0);
    const sizes = batches.map((records) => Buffer.byteLength(JSON.stringify(records)));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6 * 1024 * 1024);
    expect(batches.flat()).toHaveLength(16);
  });

  it("deletes messages that no filter accepts, without invoking the function for them", async () => {
    await start(() => ok(), { send: ["keep", "skip"], accepts: ({ body }) => body === "keep" });
    await eventually(async () => (await left()) === 0);
    expect(bodies()).toEqual(["keep"]);
  });

  it("tries a throttled batch again while its messages are invisible", async () => {
    await start((_records, call) => (call < 3 ? throttled : ok()), { send: ["a"], speed: 20 });
    await eventually(async () => (await left()) === 0);
    expect(attempts).toEqual([1, 1, 1]);
  });

  it("gives a throttled batch up when its messages become visible again, and it comes again", async () => {
    await start((_records, call) => (call < 6 ? throttled : ok()), {
      send: ["a"],
      queue: { visibilityTimeoutSeconds: 20 },
      speed: 20,
    });
    await eventually(async () => (await left()) === 0);
    expect(attempts.at(-1)).toBe(2);
  });

  it("delivers a batch twice when the run's faults say so, received once more", async () => {
    await start(() => ok(), {
      send: ["a"],
      faults: faultDecisions({ deliveries: [{ do: "duplicate", function: "consume" }] }, 1),
    });
    await eventually(() => batches.length === 2 && running?.pending() === 0);
    expect(attempts).toEqual([1, 2]);
    expect(batches[1]?.[0]).toMatchObject({ body: "a", attributes: { ApproximateReceiveCount: "2" } });
    expect(facts).toEqual([{ type: "duplicate", functionName: "consume", records: 1 }]);
    expect(await left()).toBe(0);
  });

  it("runs no more batches at once than MaximumConcurrency", async () => {
    let busy = 0;
    let most = 0;
    await start(
      async () => {
        busy += 1;
        most = Math.max(most, busy);
        await new Promise((resolve) => setTimeout(resolve, 10));
        busy -= 1;
        return ok();
      },
      {
        send: Array.from({ length: 20 }, (_, n) => String(n)),
        mapping: { batchSize: 1, maximumConcurrency: 2 },
        pollers: 4,
      },
    );
    await eventually(async () => (await left()) === 0);
    expect(most).toBe(2);
  });

  it("keeps the order within a FIFO group, also when a message fails", async () => {
    await start(
      (records, call) =>
        call === 1
          ? ok(
              JSON.stringify({
                batchItemFailures: [
                  { itemIdentifier: records.find(({ body }) => body === "g1-1")?.messageId },
                ],
              }),
            )
          : ok(),
      { name: "orders.fifo", queue: { visibilityTimeoutSeconds: 1 } },
    );
    for (const body of ["g1-1", "g1-2", "g2-1", "g2-2"]) {
      await sqs.client.send(
        new SendMessageCommand({
          QueueUrl: queue.url,
          MessageBody: body,
          MessageGroupId: body.slice(0, 2),
          MessageDeduplicationId: body,
        }),
      );
    }
    await eventually(async () => (await left()) === 0);
    const group = (name: string): string[] => bodies().filter((body) => body.startsWith(name));
    expect(group("g1")).toEqual(["g1-1", "g1-1", "g1-2"]);
    expect(group("g2")).toEqual(["g2-1", "g2-2"]);
  });

  it("polls nothing when it is disabled", async () => {
    await start(() => ok(), { send: ["a"], mapping: { enabled: false } });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(batches).toEqual([]);
  });

  it("stops at once in the middle of a long poll", async () => {
    await start(() => ok());
    await new Promise((resolve) => setTimeout(resolve, 20));
    const began = Date.now();
    await running?.stop();
    expect(Date.now() - began).toBeLessThan(200);
  });
});
