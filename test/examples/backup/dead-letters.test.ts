import { rootCall } from "holdfast";
import type { AwsTransport } from "holdfast/aws/client";
import type { PoisonedRecord, SqsRecord } from "holdfast/batching";
import { describe, expect, it } from "vitest";
import event from "../../../examples/backup/events/store-chunk.json" with { type: "json" };
import { deadLetters } from "../../../examples/backup/src/dead-letters.ts";

const [record] = event.Records as readonly SqsRecord[];

/** The letter of a message that failed with this. */
async function letterOf(reason: { name: string; code?: string; message: string }) {
  if (record === undefined) throw new Error("The example event has no message.");
  const sent: object[] = [];
  const transport: AwsTransport = { call: async (_, letter) => ({ sent: sent.push(letter) }) };
  const poisoned: PoisonedRecord<SqsRecord> = {
    source: "sqs",
    identifier: record.messageId,
    reason: { kind: "terminal", code: undefined, ...reason },
    attempts: 2,
    trace: undefined,
    requestId: undefined,
    payload: record.body,
    record,
  };
  await deadLetters(transport, "url")(poisoned, rootCall());
  return sent;
}

const string = (StringValue: string) => ({ DataType: "String", StringValue });

describe("a letter about a chunk", () => {
  it("is its message as it came, with why, and after how many receives", async () => {
    expect(await letterOf({ name: "ChunkCorruptError", code: "CHUNK_CORRUPT", message: "why" })).toEqual([
      {
        QueueUrl: "url",
        MessageBody: record?.body,
        MessageAttributes: {
          ReasonCode: string("CHUNK_CORRUPT"),
          Reason: string("why"),
          Receives: { DataType: "Number", StringValue: "2" },
          MessageId: string(record?.messageId ?? ""),
        },
      },
    ]);
  });

  it.each([
    ["that has no code, by the error's name", "SlowDown", { name: "SlowDown", message: "slow" }, "slow"],
    ["without words", "Unknown", { name: "Unknown", message: "" }, "none"],
    ["with what no attribute may hold", "E", { name: "E", message: "a\u0000\né" }, "a???"],
    ["of any length, cut", "E", { name: "E", message: "r".repeat(2_000_000) }, "r".repeat(400)],
  ])("tells a reason %s", async (_, code, reason, told) => {
    expect(await letterOf(reason)).toMatchObject([
      { MessageAttributes: { ReasonCode: string(code), Reason: string(told) } },
    ]);
  });
});
