import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
} from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { makeQueue, receive, refusalCode, setUp } from "./fixtures.ts";

const { sqs, client } = await setUp();
afterAll(() => sqs.stop());

const entries = (count: number): readonly SendMessageBatchRequestEntry[] =>
  Array.from({ length: count }, (_, index) => ({ Id: `id-${index}`, MessageBody: `body-${index}` }));
const sendAll = (queueUrl: string, all: readonly SendMessageBatchRequestEntry[]) =>
  client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: [...all] }));

describe("batches (SQS API Reference: SendMessageBatch, DeleteMessageBatch, ChangeMessageVisibilityBatch)", () => {
  it("send, hide and delete ten messages, with a result for each", async () => {
    const url = await makeQueue(client, "ten");
    const ids = entries(10).map(({ Id }) => Id);
    const sent = await sendAll(url, entries(10));
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(ids);
    expect(sent.Failed ?? []).toEqual([]);

    const messages = await receive(client, url);
    expect(messages.map(({ Body }) => Body).sort()).toEqual(entries(10).map((entry) => entry.MessageBody));
    expect(new Set(messages.map(({ MessageId }) => MessageId))).toEqual(
      new Set(sent.Successful?.map(({ MessageId }) => MessageId)),
    );
    const handles = messages.map(({ ReceiptHandle }, index) => ({ Id: `id-${index}`, ReceiptHandle }));
    const hidden = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: handles.map((entry) => ({ ...entry, VisibilityTimeout: 60 })),
      }),
    );
    expect(hidden.Successful?.map(({ Id }) => Id)).toEqual(ids);
    const deleted = await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: handles }));
    expect(deleted.Successful?.map(({ Id }) => Id)).toEqual(ids);
    expect(await sqs.inspect("ten")).toEqual([]);
  });

  it("say for each entry whether it failed, and whose fault it was", async () => {
    const url = await makeQueue(client, "partly", { MaximumMessageSize: "1024" });
    const { Successful, Failed } = await sendAll(url, [
      { Id: "good", MessageBody: "x" },
      { Id: "long", MessageBody: "x".repeat(1_025) },
      { Id: "odd", MessageBody: "\u0000" },
      { Id: "fine", MessageBody: "y" },
    ]);
    expect(Successful?.map(({ Id }) => Id)).toEqual(["good", "fine"]);
    expect(Failed).toMatchObject([
      { Id: "long", SenderFault: true, Code: "InvalidParameterValue" },
      { Id: "odd", SenderFault: true, Code: "InvalidMessageContents" },
    ]);
  });

  it("hide what can be hidden when another handle cannot", async () => {
    const url = await makeQueue(client, "partly-hidden");
    await sendAll(url, entries(1));
    const [message] = await receive(client, url);
    const { Successful, Failed } = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: "unknown", ReceiptHandle: "no-handle", VisibilityTimeout: 1 },
          { Id: "known", ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 },
        ],
      }),
    );
    expect(Successful).toEqual([{ Id: "known" }]);
    expect(Failed).toMatchObject([{ Id: "unknown", SenderFault: true, Code: "ReceiptHandleIsInvalid" }]);
    expect(await receive(client, url)).toHaveLength(1);
  });

  it.each([
    ["EmptyBatchRequest", []],
    ["TooManyEntriesInBatchRequest", entries(11)],
    ["BatchEntryIdsNotDistinct", [...entries(2), ...entries(1)]],
    ["InvalidBatchEntryId", [{ Id: "a b", MessageBody: "x" }]],
    ["InvalidBatchEntryId", [{ Id: "i".repeat(81), MessageBody: "x" }]],
    [
      "BatchRequestTooLong",
      [
        { Id: "a", MessageBody: "x".repeat(1_048_576) },
        { Id: "b", MessageBody: "x" },
      ],
    ],
  ] as const)("are refused whole with %s", async (code, all) => {
    const name = `whole-${code}`;
    const url = await makeQueue(client, name);
    expect(await refusalCode(sendAll(url, all))).toBe(code);
    expect(await sqs.inspect(name)).toEqual([]);
  });

  it("of handles are refused by the same rules", async () => {
    const url = await makeQueue(client, "handles");
    const handles = (count: number) => entries(count).map(({ Id }) => ({ Id, ReceiptHandle: "h" }));
    const removal = (all: { Id: string | undefined; ReceiptHandle: string }[]) =>
      refusalCode(client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: all })));
    expect(await removal([])).toBe("EmptyBatchRequest");
    expect(await removal(handles(11))).toBe("TooManyEntriesInBatchRequest");
    expect(await removal([...handles(1), ...handles(1)])).toBe("BatchEntryIdsNotDistinct");
  });
});
