import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from "@aws-sdk/client-kinesis";
import { afterEach, describe, expect, test } from "vitest";
import { read, setUp, stopAll, text } from "./set-up.ts";

afterEach(stopAll);

const StreamName = "orders";
const first = "shardId-000000000000";
/** MD5 of "a" begins with 0c, of "b" with 92: the first lies in the lower half, the second in the upper. */
const lower = "a";
const upper = "b";

async function iterator(
  client: KinesisClient,
  over: Partial<GetShardIteratorCommandInput> = {},
): Promise<string> {
  const { ShardIterator = "" } = await client.send(
    new GetShardIteratorCommand({ StreamName, ShardId: first, ShardIteratorType: "TRIM_HORIZON", ...over }),
  );
  return ShardIterator;
}

async function put(client: KinesisClient, ...values: readonly string[]): Promise<string[]> {
  const { Records = [] } = await client.send(
    new PutRecordsCommand({
      StreamName,
      Records: values.map((value) => ({ Data: text(value), PartitionKey: lower })),
    }),
  );
  return Records.map(({ SequenceNumber }) => SequenceNumber ?? "");
}

async function got(client: KinesisClient, ShardIterator: string, Limit?: number): Promise<string[]> {
  const { Records = [] } = await client.send(
    new GetRecordsCommand({ ShardIterator, ...(Limit === undefined ? {} : { Limit }) }),
  );
  return Records.map(({ Data }) => read(Data));
}

describe("putting", () => {
  test("a record goes to the shard that holds its partition key's MD5, or its ExplicitHashKey", async () => {
    const { client } = await setUp();
    const shardOf = async (PartitionKey: string, ExplicitHashKey?: string) =>
      (
        await client.send(
          new PutRecordCommand({ StreamName, Data: text("x"), PartitionKey, ExplicitHashKey }),
        )
      ).ShardId;
    expect(await shardOf(lower)).toBe(first);
    expect(await shardOf(upper)).toBe("shardId-000000000001");
    expect(await shardOf(upper, "0")).toBe(first);
    expect(await shardOf(lower, String(2n ** 128n - 1n))).toBe("shardId-000000000001");
  });

  test("sequence numbers are decimal and grow", async () => {
    const { client } = await setUp();
    const numbers = await put(client, ..."abcdefghijkl");
    expect(numbers.every((number) => /^\d{56}$/.test(number))).toBe(true);
    expect([...numbers].sort()).toEqual(numbers);
    expect(new Set(numbers).size).toBe(12);
  });

  test("a partition key of 256 characters and a record of 1 MiB are taken, one more is not", async () => {
    const { client } = await setUp();
    const send = (bytes: number, key: string) =>
      client.send(new PutRecordCommand({ StreamName, Data: new Uint8Array(bytes), PartitionKey: key }));
    await send(1, "k".repeat(256));
    await send(1_048_575, "k");
    const refused = { name: "ValidationException" };
    await expect(send(1, "k".repeat(257))).rejects.toMatchObject(refused);
    await expect(send(1, "")).rejects.toMatchObject(refused);
    await expect(send(1_048_576, "k")).rejects.toMatchObject(refused);
  });

  test("a request of 500 records and 10 MiB is taken, one more is not", async () => {
    const { client } = await setUp();
    const send = (count: number, bytes: number) =>
      client.send(
        new PutRecordsCommand({
          StreamName,
          Records: Array.from({ length: count }, () => ({ Data: new Uint8Array(bytes), PartitionKey: "k" })),
        }),
      );
    expect(await send(500, 1)).toMatchObject({ FailedRecordCount: 0 });
    await expect(send(501, 1)).rejects.toMatchObject({ name: "ValidationException" });
    expect(await send(10, 1_048_575)).toMatchObject({ FailedRecordCount: 0 });
    await expect(send(11, 1_000_000)).rejects.toMatchObject({ name: "InvalidArgumentException" });
  });

  test("a hash key beyond 128 bits is no hash key", async () => {
    const { client } = await setUp();
    const ExplicitHashKey = String(2n ** 128n);
    await expect(
      client.send(new PutRecordCommand({ StreamName, Data: text("x"), PartitionKey: "k", ExplicitHashKey })),
    ).rejects.toMatchObject({ name: "InvalidArgumentException" });
  });

  test("beyond a shard's limit single records fail, in the cloud's seconds, and the other shard takes its own", async () => {
    const { client, clock } = await setUp(
      { writeLimits: { recordsPerSecond: 2, bytesPerSecond: 1_000 } },
      10,
    );
    const Records = [lower, lower, lower, upper].map((PartitionKey) => ({ Data: text("x"), PartitionKey }));
    const result = await client.send(new PutRecordsCommand({ StreamName, Records }));
    expect(result.FailedRecordCount).toBe(1);
    expect(result.Records?.map(({ ErrorCode, ShardId }) => ErrorCode ?? ShardId)).toEqual([
      first,
      first,
      "ProvisionedThroughputExceededException",
      "shardId-000000000001",
    ]);
    const one = () => client.send(new PutRecordCommand({ StreamName, Data: text("x"), PartitionKey: lower }));
    await expect(one()).rejects.toMatchObject({ name: "ProvisionedThroughputExceededException" });
    await clock.advance(1_000);
    await one();
    await expect(
      client.send(new PutRecordCommand({ StreamName, Data: new Uint8Array(1_000), PartitionKey: lower })),
    ).rejects.toMatchObject({ name: "ProvisionedThroughputExceededException" });
  });
});

describe("iterators", () => {
  test("begin at the oldest record, after the newest, at or after a sequence number, and at a time", async () => {
    const { client, clock } = await setUp();
    const numbers = await put(client, "a", "b");
    await clock.advance(2_000);
    const Timestamp = new Date(clock.now());
    const latest = await iterator(client, { ShardIteratorType: "LATEST" });
    await put(client, "c");
    const StartingSequenceNumber = numbers[1] ?? "";
    expect(await got(client, await iterator(client))).toEqual(["a", "b", "c"]);
    expect(await got(client, latest)).toEqual(["c"]);
    const at = await iterator(client, { ShardIteratorType: "AT_SEQUENCE_NUMBER", StartingSequenceNumber });
    expect(await got(client, at)).toEqual(["b", "c"]);
    const after = await iterator(client, {
      ShardIteratorType: "AFTER_SEQUENCE_NUMBER",
      StartingSequenceNumber,
    });
    expect(await got(client, after)).toEqual(["c"]);
    expect(
      await got(client, await iterator(client, { ShardIteratorType: "AT_TIMESTAMP", Timestamp })),
    ).toEqual(["c"]);
  });

  test("what names no place in the shard is refused", async () => {
    const { client } = await setUp();
    const [mine = ""] = await put(client, "a");
    const refused = { name: "InvalidArgumentException" };
    const at = { ShardIteratorType: "AT_SEQUENCE_NUMBER" } as const;
    await expect(iterator(client, at)).rejects.toMatchObject(refused);
    await expect(iterator(client, { ...at, StartingSequenceNumber: "1" })).rejects.toMatchObject(refused);
    await expect(
      iterator(client, { ...at, StartingSequenceNumber: String(BigInt(mine) + 1n) }),
    ).rejects.toMatchObject(refused);
    await expect(iterator(client, { ShardIteratorType: "AT_TIMESTAMP" })).rejects.toMatchObject(refused);
    await expect(iterator(client, { ShardId: "shardId-000000000007" })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    await expect(got(client, "bm90aGluZw==")).rejects.toMatchObject(refused);
  });

  test("an iterator lasts five minutes of the cloud's time", async () => {
    const { client, clock } = await setUp({}, 10);
    const held = await iterator(client);
    await clock.advance(300_000);
    expect(await got(client, held)).toEqual([]);
    await clock.advance(10);
    await expect(got(client, held)).rejects.toMatchObject({ name: "ExpiredIteratorException" });
  });
});

describe("getting", () => {
  test("goes on where it stopped, and says how far behind it is", async () => {
    const { client, clock } = await setUp();
    await put(client, "a", "b");
    await clock.advance(5_000);
    const page = await client.send(
      new GetRecordsCommand({ ShardIterator: await iterator(client), Limit: 1 }),
    );
    expect(page.Records).toMatchObject([
      { PartitionKey: lower, ApproximateArrivalTimestamp: new Date(clock.now() - 5_000) },
    ]);
    expect(page.MillisBehindLatest).toBe(5_000);
    const rest = await client.send(new GetRecordsCommand({ ShardIterator: page.NextShardIterator }));
    expect(rest.Records?.map(({ Data }) => read(Data))).toEqual(["b"]);
    expect(rest.MillisBehindLatest).toBe(0);
  });

  test("gives 10 MB at once", async () => {
    const { client } = await setUp();
    for (let megabyte = 0; megabyte < 12; megabyte += 1) {
      await client.send(
        new PutRecordCommand({ StreamName, Data: new Uint8Array(1_048_000), PartitionKey: lower }),
      );
    }
    const page = await client.send(new GetRecordsCommand({ ShardIterator: await iterator(client) }));
    expect(page.Records).toHaveLength(10);
    expect(await got(client, page.NextShardIterator ?? "")).toHaveLength(2);
  });

  test("takes no Limit over 10,000", async () => {
    const { client } = await setUp();
    const held = await iterator(client);
    await expect(got(client, held, 10_001)).rejects.toMatchObject({ name: "InvalidArgumentException" });
    expect(await got(client, held, 10_000)).toEqual([]);
  });

  test("a closed shard is read to its end, where it names its children", async () => {
    const { client } = await setUp();
    await put(client, "before");
    const held = await iterator(client);
    await client.send(new SplitShardCommand({ StreamName, ShardToSplit: first, NewStartingHashKey: "1000" }));
    await put(client, "after");
    const last = await client.send(new GetRecordsCommand({ ShardIterator: held }));
    expect(last.Records?.map(({ Data }) => read(Data))).toEqual(["before"]);
    expect(last.NextShardIterator).toBeUndefined();
    expect(last.ChildShards).toMatchObject([
      { ShardId: "shardId-000000000002", ParentShards: [first] },
      { ShardId: "shardId-000000000003", ParentShards: [first] },
    ]);
    const inChild = await iterator(client, { ShardId: "shardId-000000000003" });
    expect(await got(client, inChild)).toEqual(["after"]);
  });

  test("records are kept for the retention, which passes on the cloud's clock", async () => {
    const { client, clock } = await setUp({}, 1_000);
    await put(client, "old");
    await clock.advance(12 * 3_600_000);
    await put(client, "young");
    await clock.advance(12 * 3_600_000 + 1_000);
    expect(await got(client, await iterator(client))).toEqual(["young"]);
  });
});

test("another service's payload is put with its partition key", async () => {
  const { client, kinesis } = await setUp();
  await kinesis.put("arn:aws:kinesis:eu-west-1:123456789012:stream/orders", "{}", lower);
  expect(await got(client, await iterator(client))).toEqual(["{}"]);
  await expect(
    kinesis.put("arn:aws:kinesis:eu-west-1:123456789012:stream/none", "{}", lower),
  ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});
