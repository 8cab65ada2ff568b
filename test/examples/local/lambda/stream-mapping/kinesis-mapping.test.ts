import { MergeShardsCommand, PutRecordsCommand, SplitShardCommand } from "@aws-sdk/client-kinesis";
import { afterEach, describe, expect, test } from "vitest";
import { faultDecisions } from "../../../../../examples/local/faults/decide.ts";
import { laneOf } from "../../../../../examples/local/lambda/stream-mapping/lane.ts";
import { failed, ok, queueArn, setUp, stopAll, streamArn, throttled } from "./set-up.ts";

afterEach(stopAll);

describe("what the function gets", () => {
  test("records in Lambda's own shape", async () => {
    const { invocations, put, settled } = await setUp();
    const sequenceNumber = await put("hello", "key");
    await settled();
    expect(invocations[0]?.event).toEqual({
      Records: [
        {
          kinesis: {
            kinesisSchemaVersion: "1.0",
            partitionKey: "key",
            sequenceNumber,
            data: Buffer.from("hello").toString("base64"),
            approximateArrivalTimestamp: expect.closeTo(Date.now() / 1_000, 0),
          },
          eventSource: "aws:kinesis",
          eventVersion: "1.0",
          eventID: `shardId-000000000000:${sequenceNumber}`,
          eventName: "aws:kinesis:record",
          invokeIdentityArn: expect.stringMatching(/^arn:aws:iam::\d{12}:role\//),
          awsRegion: "us-east-1",
          eventSourceARN: streamArn,
        },
      ],
    });
  });

  test("batches of the size, in order", async () => {
    const { invocations, settled } = await setUp({ before: [..."abcdefg"], mapping: { batchSize: 3 } });
    await settled();
    expect(invocations.map(({ values }) => values.join(""))).toEqual(["abc", "def", "g"]);
  });

  test("batches of at most 6 MB of JSON", async () => {
    const megabyte = "x".repeat(1_000_000);
    const { invocations, settled } = await setUp({ before: Array.from({ length: 6 }, () => megabyte) });
    await settled();
    expect(invocations.map(({ values }) => values.length)).toEqual([4, 2]);
  });

  test("a batch waits for its window, and no longer once it is full", async () => {
    const { invocations, put, mapping, settled } = await setUp({
      mapping: { batchSize: 3, windowSeconds: 200 },
      speed: 1_000,
    });
    for (const value of "abcd") {
      await put(value);
      // Which reads it.
      await mapping.pending();
    }
    await settled();
    expect(invocations.map(({ values }) => values.join(""))).toEqual(["abc", "d"]);
  });

  test("only what filters let through; the rest is passed over", async () => {
    const { values, settled } = await setUp({
      before: ['{"n":1}', '{"n":2}', "text", '{"n":2,"m":1}'],
      mapping: { filters: [{ data: { n: [2] } }] },
    });
    await settled();
    expect(values()).toEqual(['{"n":2}', '{"n":2,"m":1}']);
  });

  test("nothing, when the mapping is disabled", async () => {
    const { mapping, invocations } = await setUp({ before: ["a"], mapping: { enabled: false } });
    expect(await mapping.pending()).toBe(0);
    expect(invocations).toEqual([]);
  });
});

describe("the starting position", () => {
  test("LATEST sees what is put after the mapping has started", async () => {
    const { put, values, settled } = await setUp({
      before: ["old"],
      mapping: { startingPosition: "LATEST" },
    });
    await put("new");
    await settled();
    expect(values()).toEqual(["new"]);
  });

  test("AT_TIMESTAMP begins at a time", async () => {
    let atTimestampSeconds = 0;
    const { values, settled } = await setUp({
      before: ["old"],
      prepare: async (kinesis) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        atTimestampSeconds = Date.now() / 1_000;
        await kinesis.put(streamArn, "new", "k");
      },
      mapping: {
        get startingPosition() {
          return { atTimestampSeconds };
        },
      },
    });
    await settled();
    expect(values()).toEqual(["new"]);
  });
});

describe("a batch that fails", () => {
  test("blocks its shard until it succeeds, and what came later comes later", async () => {
    const { invocations, put, settled } = await setUp({
      before: ["a", "b"],
      answer: ({ values }, call) => (values.includes("a") && call < 4 ? failed : ok()),
      mapping: { batchSize: 2 },
    });
    await put("c");
    await settled();
    expect(invocations.map(({ values, attempt }) => `${values.join("")}${attempt}`)).toEqual([
      "ab1",
      "ab2",
      "ab3",
      "ab4",
      "c1",
    ]);
  });

  test("does not block another shard", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { put, values, settled } = await setUp({
      shards: 2,
      answer: async ({ values }) => {
        if (values.includes("held")) await held;
        else release();
        return ok();
      },
    });
    await put("held", "a");
    await put("free", "b");
    await settled();
    expect(values().sort()).toEqual(["free", "held"]);
  });

  test("is discarded after its retries, and the destination is told where the records are", async () => {
    const { invocations, delivered, facts, put, settled } = await setUp({
      answer: ({ values }) => (values.includes("bad") ? failed : ok()),
      mapping: { maximumRetryAttempts: 2, batchSize: 1, onFailureArn: queueArn },
    });
    const sequenceNumber = await put("bad");
    await put("good");
    await settled();
    expect(invocations.map(({ values }) => values[0])).toEqual(["bad", "bad", "bad", "good"]);
    expect(delivered).toEqual([
      {
        arn: queueArn,
        attributes: undefined,
        body: {
          requestContext: {
            requestId: "r",
            functionArn: expect.stringContaining(":function:consume"),
            condition: "RetryAttemptsExhausted",
            approximateInvokeCount: 3,
          },
          responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
          version: "1.0",
          timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
          KinesisBatchInfo: {
            shardId: "shardId-000000000000",
            startSequenceNumber: sequenceNumber,
            endSequenceNumber: sequenceNumber,
            approximateArrivalOfFirstRecord: expect.stringMatching(/\.\d{3}Z$/),
            approximateArrivalOfLastRecord: expect.stringMatching(/\.\d{3}Z$/),
            batchSize: 1,
            streamArn,
          },
        },
      },
    ]);
    expect(facts).toEqual([
      expect.objectContaining({ type: "dead-letter", from: "kinesis:orders", to: queueArn }),
    ]);
  });

  test("goes to a bucket with its event as JSON text, under the documented name", async () => {
    const { delivered, settled } = await setUp({
      before: ["bad"],
      answer: () => failed,
      mapping: { maximumRetryAttempts: 0, onFailureArn: "arn:aws:s3:::failures" },
    });
    await settled();
    expect(delivered).toMatchObject([{ body: { payload: expect.any(String) } }]);
    const [{ body } = { body: {} }] = delivered as { body: { payload?: string } }[];
    expect(JSON.parse(body.payload ?? "")).toMatchObject({ Records: [{ kinesis: { partitionKey: "k" } }] });
    expect(delivered[0]?.attributes).toEqual({
      Key: expect.stringMatching(
        /^aws\/lambda\/Mapping\/shardId-0{12}\/\d{4}\/\d\d\/\d\d\/\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{36}$/,
      ),
    });
  });

  test.each([
    ["there is no destination", false, {}],
    ["the destination does not take it", true, { onFailureArn: queueArn }],
  ])("is said to be dropped when %s", async (_what, deliverFails, more) => {
    const { facts, settled } = await setUp({
      before: ["bad"],
      answer: () => failed,
      deliverFails,
      mapping: { maximumRetryAttempts: 0, ...more },
    });
    await settled();
    expect(facts).toEqual([expect.objectContaining({ type: "dropped", from: "kinesis:orders" })]);
  });

  test("is tried until its records are too old, on the cloud's clock", async () => {
    const { delivered, settled, invocations } = await setUp({
      before: ["bad"],
      answer: () => failed,
      speed: 1_000,
      mapping: { maximumRecordAgeSeconds: 60, onFailureArn: queueArn },
    });
    await settled();
    expect(delivered).toMatchObject([{ body: { requestContext: { condition: "RecordAgeExceeded" } } }]);
    // It waits 1, 2, 4, 8, 16 and 32 seconds in between, which 60 seconds have room for.
    expect(invocations.length).toBeLessThanOrEqual(7);
  });

  test("too old before it ever ran has no answer of the function in its record", async () => {
    const { delivered, settled } = await setUp({
      before: ["bad", "behind it"],
      answer: () => failed,
      speed: 1_000,
      mapping: { batchSize: 1, maximumRecordAgeSeconds: 60, onFailureArn: queueArn },
    });
    await settled();
    const response = { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" };
    expect(delivered).toMatchObject([{ body: { responseContext: response } }, { body: {} }]);
    expect(delivered[1]?.body).toMatchObject({ requestContext: { approximateInvokeCount: 0 } });
    expect(delivered[1]?.body).not.toHaveProperty("responseContext");
  });

  test("for want of concurrency is tried again without using up retries", async () => {
    const { invocations, settled, delivered } = await setUp({
      before: ["a"],
      answer: (_invocation, call) => (call < 4 ? throttled : ok()),
      mapping: { maximumRetryAttempts: 0, onFailureArn: queueArn },
    });
    await settled();
    expect([invocations.length, delivered.length]).toEqual([4, 0]);
  });

  test("is bisected, and only the poison record is discarded", async () => {
    const { invocations, delivered, settled } = await setUp({
      before: [..."abcdefgh"],
      answer: ({ values }) => (values.includes("c") ? failed : ok()),
      mapping: { bisectOnFunctionError: true, maximumRetryAttempts: 1, onFailureArn: queueArn },
    });
    await settled();
    expect(invocations.map(({ values }) => values.join(""))).toEqual([
      "abcdefgh",
      "abcd",
      "ab",
      "cd",
      "c",
      "c",
      "d",
      "efgh",
    ]);
    expect(delivered).toMatchObject([{ body: { KinesisBatchInfo: { batchSize: 1 } } }]);
  });
});

describe("a partial response", () => {
  const from =
    (value: string) =>
    ({ event }: { event: { Records: readonly { kinesis: { sequenceNumber: string; data: string } }[] } }) => {
      const found = event.Records.find(
        ({ kinesis }) => kinesis.data === Buffer.from(value).toString("base64"),
      );
      return ok({ batchItemFailures: [{ itemIdentifier: found?.kinesis.sequenceNumber }] });
    };

  test("moves the checkpoint: everything from the lowest reported record on comes again", async () => {
    const { invocations, settled } = await setUp({
      before: [..."abcd"],
      answer: (invocation, call) => (call === 1 ? from("c")(invocation) : ok()),
      mapping: { reportBatchItemFailures: true },
    });
    await settled();
    expect(invocations.map(({ values }) => values.join(""))).toEqual(["abcd", "cd"]);
  });

  test("with bisecting, the batch is cut there without using up retries", async () => {
    const { invocations, settled, delivered } = await setUp({
      before: [..."abcd"],
      answer: (invocation, call) =>
        call === 1 ? from("b")(invocation) : call === 2 ? from("d")(invocation) : ok(),
      mapping: {
        reportBatchItemFailures: true,
        bisectOnFunctionError: true,
        maximumRetryAttempts: 0,
        onFailureArn: queueArn,
      },
    });
    await settled();
    expect(invocations.map(({ values }) => values.join(""))).toEqual(["abcd", "bcd", "d"]);
    expect(delivered).toEqual([]);
  });

  test("is success when it was not asked for", async () => {
    const { invocations, settled } = await setUp({ before: ["a"], answer: from("a") });
    await settled();
    expect(invocations).toHaveLength(1);
  });
});

describe("parallel lanes", () => {
  test("work on a shard at once, each key in order", async () => {
    let atOnce = 0;
    let most = 0;
    const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    const { put, invocations, settled } = await setUp({
      mapping: { parallelizationFactor: 4, batchSize: 2 },
      answer: async (_invocation, call) => {
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise((resolve) => setTimeout(resolve, 3));
        atOnce -= 1;
        return call % 5 === 0 ? failed : ok();
      },
    });
    for (const round of [1, 2, 3]) for (const key of keys) await put(String(round), key);
    await settled();
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
    const rounds = new Map<string, string>();
    const succeeded = invocations.filter((_, index) => (index + 1) % 5 !== 0);
    for (const { event, values } of succeeded) {
      for (const [index, { kinesis }] of event.Records.entries()) {
        rounds.set(kinesis.partitionKey, (rounds.get(kinesis.partitionKey) ?? "") + values[index]);
      }
    }
    expect(new Set(rounds.values())).toEqual(new Set(["123"]));
    expect(rounds.size).toBe(20);
  });

  test("are read so far ahead that each of them fills the largest batch", async () => {
    const keys = ["a", "b", "c", "d", "e"];
    const other = keys.find((key) => laneOf(key, 2) !== laneOf("a", 2)) ?? "";
    const Records = Array.from({ length: 500 }, (_, index) => ({
      Data: Buffer.from("x"),
      PartitionKey: index % 2 === 0 ? "a" : other,
    }));
    const { invocations, settled } = await setUp({
      // What is not full would wait for so long.
      mapping: { parallelizationFactor: 2, batchSize: 10_000, windowSeconds: 300 },
      prepare: async ({ client }) => {
        for (let put = 0; put < 20_000; put += Records.length) {
          await client.send(new PutRecordsCommand({ StreamName: "orders", Records }));
        }
      },
    });
    await settled();
    expect(invocations.map(({ values }) => values.length)).toEqual([10_000, 10_000]);
  });
});

describe("resharding", () => {
  test("children wait for everything of their parents", async () => {
    const { values, settled, put, kinesis } = await setUp({
      shards: 2,
      answer: ({ values: got }, call) => (got.includes("parent") && call < 5 ? failed : ok()),
    });
    await put("parent", "a");
    await put("parent", "b");
    await kinesis.client.send(
      new MergeShardsCommand({
        StreamName: "orders",
        ShardToMerge: "shardId-000000000000",
        AdjacentShardToMerge: "shardId-000000000001",
      }),
    );
    await put("child", "a");
    await kinesis.client.send(
      new SplitShardCommand({
        StreamName: "orders",
        ShardToSplit: "shardId-000000000002",
        NewStartingHashKey: "10",
      }),
    );
    await put("grandchild", "a");
    await settled();
    const seen = values();
    expect(seen.lastIndexOf("parent")).toBeLessThan(seen.indexOf("child"));
    expect(seen.indexOf("child")).toBeLessThan(seen.indexOf("grandchild"));
    expect(seen.filter((value) => value !== "parent")).toEqual(["child", "grandchild"]);
  });
});

test("reading goes on where it was when iterators expire in between, also where nothing was read yet", async () => {
  // Five minutes pass in 15 ms, and the stream is asked every 25.
  const { put, values, settled } = await setUp({
    before: ["old"],
    mapping: { startingPosition: "LATEST" },
    speed: 20_000,
  });
  const longerThanAnIterator = () => new Promise((resolve) => setTimeout(resolve, 40));
  await longerThanAnIterator();
  await put("a");
  await longerThanAnIterator();
  await put("b");
  await settled();
  expect(values()).toEqual(["a", "b"]);
});

test("pending counts records as soon as they are put", async () => {
  let release = (): void => {};
  const { put, mapping, settled } = await setUp({
    speed: 1,
    answer: () =>
      new Promise((resolve) => {
        release = () => resolve(ok());
      }),
  });
  expect(await mapping.pending()).toBe(0);
  await put("a");
  expect(await mapping.pending()).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  release();
  await settled();
});

test("a batch may come again after it succeeded", async () => {
  const { invocations, facts, settled } = await setUp({
    before: ["a", "b"],
    faults: faultDecisions({ deliveries: [{ do: "duplicate", function: "consume" }] }, 1),
  });
  await settled();
  expect(invocations.map(({ values, attempt }) => `${values.join("")}${attempt}`)).toEqual(["ab1", "ab2"]);
  expect(facts).toEqual([{ type: "duplicate", functionName: "consume", records: 2 }]);
});

test("stop does not wait for an invocation in progress, and nothing is invoked after it", async () => {
  const { mapping, invocations, put, kinesis } = await setUp({
    answer: () => new Promise(() => {}),
    before: ["a"],
  });
  await mapping.pending();
  await mapping.stop();
  const count = invocations.length;
  await put("b");
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(invocations).toHaveLength(count);
  expect(kinesis.endpoint).toContain("127.0.0.1");
});
