import { request } from "node:http";
import { connect } from "node:net";
import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  ListShardsCommand,
  ListStreamsCommand,
  MergeShardsCommand,
  PutRecordCommand,
  SplitShardCommand,
} from "@aws-sdk/client-kinesis";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import {
  evenRanges,
  HASH_KEYS,
  mergeRanges,
  splitRange,
} from "../../../../examples/local/kinesis/hash-range.ts";
import { setUp, stopAll, text } from "./set-up.ts";

afterEach(stopAll);

const StreamName = "orders";
const half = String(2n ** 127n);

describe("streams", () => {
  test("a stream of the template is there, its shards sharing all hash keys evenly", async () => {
    const { client } = await setUp();
    const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName }));
    expect(StreamDescription).toMatchObject({
      StreamARN: "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
      StreamStatus: "ACTIVE",
      RetentionPeriodHours: 24,
      HasMoreShards: false,
      StreamModeDetails: { StreamMode: "PROVISIONED" },
      Shards: [
        {
          ShardId: "shardId-000000000000",
          HashKeyRange: { StartingHashKey: "0", EndingHashKey: String(2n ** 127n - 1n) },
        },
        {
          ShardId: "shardId-000000000001",
          HashKeyRange: { StartingHashKey: half, EndingHashKey: String(HASH_KEYS - 1n) },
        },
      ],
    });
  });

  test("one can be made, listed, described and removed, but not made twice", async () => {
    const { client } = await setUp();
    await client.send(new CreateStreamCommand({ StreamName: "made", ShardCount: 3 }));
    await client.send(
      new CreateStreamCommand({ StreamName: "wide", StreamModeDetails: { StreamMode: "ON_DEMAND" } }),
    );
    expect((await client.send(new ListStreamsCommand({}))).StreamNames).toEqual(["made", "orders", "wide"]);
    const first = await client.send(new ListStreamsCommand({ Limit: 2 }));
    expect([first.StreamNames, first.HasMoreStreams]).toEqual([["made", "orders"], true]);
    const { NextToken } = first;
    if (NextToken === undefined) throw new Error("a page more has a token");
    expect((await client.send(new ListStreamsCommand({ NextToken }))).StreamNames).toEqual(["wide"]);
    const wide = await client.send(new DescribeStreamSummaryCommand({ StreamName: "wide" }));
    expect(wide.StreamDescriptionSummary).toMatchObject({ OpenShardCount: 4, MaxRecordSizeInKiB: 1024 });

    await expect(
      client.send(new CreateStreamCommand({ StreamName: "made", ShardCount: 1 })),
    ).rejects.toMatchObject({ name: "ResourceInUseException" });
    await client.send(new DeleteStreamCommand({ StreamName: "made" }));
    await expect(client.send(new DescribeStreamCommand({ StreamName: "made" }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  test.each([
    ["a name with a space", { StreamName: "a b", ShardCount: 1 }],
    ["no shard count", { StreamName: "a" }],
    ["no shards", { StreamName: "a", ShardCount: 0 }],
    [
      "a shard count on demand",
      { StreamName: "a", ShardCount: 1, StreamModeDetails: { StreamMode: "ON_DEMAND" as const } },
    ],
  ])("%s is no stream", async (_what, input) => {
    const { client } = await setUp();
    await expect(client.send(new CreateStreamCommand(input))).rejects.toMatchObject({
      name: "ValidationException",
    });
  });

  test("shards come in pages", async () => {
    const { client } = await setUp();
    const first = await client.send(new ListShardsCommand({ StreamName, MaxResults: 1 }));
    expect(first.Shards?.map(({ ShardId }) => ShardId)).toEqual(["shardId-000000000000"]);
    const second = await client.send(new ListShardsCommand({ NextToken: first.NextToken, MaxResults: 1 }));
    expect(second.Shards?.map(({ ShardId }) => ShardId)).toEqual(["shardId-000000000001"]);
    expect(second.NextToken).toBeUndefined();
  });
});

describe("resharding", () => {
  test("a split closes the parent, and its children take its hash keys", async () => {
    const { client } = await setUp();
    const { Shards: [, before] = [] } = await client.send(new ListShardsCommand({ StreamName }));
    const middle = String(2n ** 127n + 2n ** 126n);
    await client.send(
      new SplitShardCommand({ StreamName, ShardToSplit: "shardId-000000000001", NewStartingHashKey: middle }),
    );
    const { Shards: [, parent, low, high] = [] } = await client.send(new ListShardsCommand({ StreamName }));
    expect(before?.SequenceNumberRange?.EndingSequenceNumber).toBeUndefined();
    expect(parent?.SequenceNumberRange?.EndingSequenceNumber).toMatch(/^\d{56}$/);
    expect(low).toMatchObject({
      ShardId: "shardId-000000000002",
      ParentShardId: "shardId-000000000001",
      HashKeyRange: { StartingHashKey: half, EndingHashKey: String(BigInt(middle) - 1n) },
    });
    expect(high).toMatchObject({
      ShardId: "shardId-000000000003",
      HashKeyRange: { StartingHashKey: middle, EndingHashKey: String(HASH_KEYS - 1n) },
    });
    const put = await client.send(
      new PutRecordCommand({ StreamName, Data: text("a"), PartitionKey: "k", ExplicitHashKey: middle }),
    );
    expect(put.ShardId).toBe("shardId-000000000003");
  });

  test("a merge closes both parents", async () => {
    const { client } = await setUp();
    await client.send(
      new MergeShardsCommand({
        StreamName,
        ShardToMerge: "shardId-000000000000",
        AdjacentShardToMerge: "shardId-000000000001",
      }),
    );
    const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName }));
    expect(Shards.at(-1)).toMatchObject({
      ShardId: "shardId-000000000002",
      ParentShardId: "shardId-000000000000",
      AdjacentParentShardId: "shardId-000000000001",
      HashKeyRange: { StartingHashKey: "0", EndingHashKey: String(HASH_KEYS - 1n) },
    });
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
    expect(StreamDescriptionSummary?.OpenShardCount).toBe(1);
  });

  test("what cannot be split or merged is refused", async () => {
    const { client } = await setUp();
    await client.send(
      new SplitShardCommand({ StreamName, ShardToSplit: "shardId-000000000000", NewStartingHashKey: "10" }),
    );
    const split = (ShardToSplit: string, NewStartingHashKey: string) =>
      client.send(new SplitShardCommand({ StreamName, ShardToSplit, NewStartingHashKey }));
    const invalid = { name: "InvalidArgumentException" };
    await expect(split("shardId-000000000000", "5")).rejects.toMatchObject(invalid);
    await expect(split("shardId-000000000001", half)).rejects.toMatchObject(invalid);
    await expect(split("shardId-000000000002", "10")).rejects.toMatchObject(invalid);
    await expect(split("shardId-000000000009", "10")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    await expect(
      client.send(
        new MergeShardsCommand({
          StreamName,
          ShardToMerge: "shardId-000000000002",
          AdjacentShardToMerge: "shardId-000000000001",
        }),
      ),
    ).rejects.toMatchObject(invalid);
  });

  test("parts of the hash keys cover all of them once, however they are split and merged", () => {
    const split = fc.record({
      at: fc.nat(),
      key: fc.bigInt({ min: 0n, max: HASH_KEYS - 1n }),
      merge: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.array(split, { maxLength: 20 }), (count, steps) => {
        const ranges = [...evenRanges(count)];
        for (const { at, key, merge } of steps) {
          const index = at % ranges.length;
          const [one, next] = [ranges[index], ranges[index + 1]];
          if (one === undefined) continue;
          const merged = merge && next !== undefined ? mergeRanges(next, one) : undefined;
          const parts = splitRange(one, key);
          if (merged !== undefined) ranges.splice(index, 2, merged);
          else if (parts !== undefined) ranges.splice(index, 1, ...parts);
        }
        expect(ranges[0]?.start).toBe(0n);
        expect(ranges.at(-1)?.end).toBe(HASH_KEYS - 1n);
        for (const [index, range] of ranges.slice(1).entries()) {
          expect(range.start).toBe((ranges[index]?.end ?? 0n) + 1n);
        }
      }),
    );
  });
});

describe("the wire", () => {
  const post = (
    url: string,
    target: string,
    body: string,
  ): Promise<{ status?: number; body: string; version: string }> =>
    new Promise((resolve, reject) => {
      const sent = request(url, { method: "POST", headers: { "x-amz-target": target } }, (response) => {
        let answer = "";
        response.on("data", (chunk: Buffer) => {
          answer += chunk.toString();
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body: answer, version: response.httpVersion }),
        );
      });
      sent.once("error", reject);
      sent.end(body);
    });

  test("HTTP/1.1 is served at the same port as the AWS client's HTTP/2", async () => {
    const { client, kinesis } = await setUp();
    expect(client.config.requestHandler.metadata).toEqual({ handlerProtocol: "h2" });
    await client.send(new ListStreamsCommand({}));
    const answer = await post(kinesis.endpoint, "Kinesis_20131202.ListStreams", "{}");
    expect(answer).toMatchObject({ status: 200, version: "1.1" });
    expect(JSON.parse(answer.body)).toMatchObject({ StreamNames: ["orders"] });
  });

  test("which protocol a client speaks is told by its first bytes, however they arrive", async () => {
    const { kinesis } = await setUp();
    const socket = connect(Number(new URL(kinesis.endpoint).port), "127.0.0.1");
    socket.setNoDelay(true);
    const answered = new Promise<string>((resolve) => {
      socket.once("data", (chunk: Buffer) => resolve(chunk.toString()));
    });
    socket.write("P");
    await new Promise((resolve) => setTimeout(resolve, 5));
    socket.write("OST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
    expect(await answered).toMatch(/^HTTP\/1.1 400 /);
    socket.destroy();
  });

  test("stop ends connections that are open, of both protocols", async () => {
    const { client, kinesis } = await setUp();
    const socket = connect(Number(new URL(kinesis.endpoint).port), "127.0.0.1");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write("POST / HTTP/1.1\r\n");
    await kinesis.client.send(new ListStreamsCommand({}));
    await kinesis.stop();
    await closed;
    await expect(client.send(new ListStreamsCommand({}))).rejects.toThrow();
  });

  test.each([
    ["no operation of Kinesis", "DynamoDB_20120810.ListTables", "{}", "UnknownOperationException"],
    ["an inherited name", "Kinesis_20131202.constructor", "{}", "UnknownOperationException"],
    ["a body that is no JSON", "Kinesis_20131202.ListStreams", "{", "SerializationException"],
    ["a body that is a list", "Kinesis_20131202.ListStreams", "[]", "SerializationException"],
    ["a number for a name", "Kinesis_20131202.DescribeStream", '{"StreamName":5}', "SerializationException"],
    ["no stream", "Kinesis_20131202.DescribeStream", "{}", "InvalidArgumentException"],
  ])("%s is refused by AWS's name for it", async (_what, target, body, code) => {
    const { kinesis } = await setUp();
    const answer = await post(kinesis.endpoint, target, body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ __type: code });
  });

  test("an operation that is not served is refused by name", async () => {
    const { client } = await setUp();
    await expect(
      client.send(new AddTagsToStreamCommand({ StreamName, Tags: { a: "b" } })),
    ).rejects.toMatchObject({
      name: "UnknownOperationException",
      message: expect.stringContaining("PutRecords"),
    });
  });
});
