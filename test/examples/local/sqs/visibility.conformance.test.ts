import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { makeQueue, receive, receiveOne, refusalCode, setUp } from "./fixtures.ts";

const { sqs, client, clock } = await setUp();
afterAll(() => sqs.stop());

const send = (queueUrl: string, body = "x") =>
  client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
const setVisibility = (queueUrl: string, handle: string | undefined, seconds: number) =>
  client.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: queueUrl,
      ReceiptHandle: handle,
      VisibilityTimeout: seconds,
    }),
  );
const remove = (queueUrl: string, handle: string | undefined) =>
  client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: handle }));

describe("a received message (SQS Developer Guide: Amazon SQS visibility timeout)", () => {
  it("is hidden for the timeout, and comes back with a new handle and count", async () => {
    const url = await makeQueue(client, "hidden");
    await send(url);
    const first = await receiveOne(client, url);
    await clock.advance(29_999);
    expect(await receive(client, url)).toEqual([]);
    await clock.advance(1);
    const again = await receiveOne(client, url);
    expect(again.MessageId).toBe(first.MessageId);
    expect(again.ReceiptHandle).not.toBe(first.ReceiptHandle);
    expect(again.Attributes?.ApproximateReceiveCount).toBe("2");
  });

  it("is hidden as long as its receiver says, and for the queue's timeout the next time", async () => {
    const url = await makeQueue(client, "own", { VisibilityTimeout: "10" });
    await send(url);
    await receiveOne(client, url, { VisibilityTimeout: 2 });
    await clock.advance(2_000);
    await receiveOne(client, url);
    await clock.advance(9_999);
    expect(await receive(client, url)).toEqual([]);
    await clock.advance(1);
    expect(await receive(client, url)).toHaveLength(1);
  });

  it("has a longer timeout counted from the call, and its old one back at the next receive", async () => {
    const url = await makeQueue(client, "longer", { VisibilityTimeout: "10" });
    await send(url);
    const { ReceiptHandle } = await receiveOne(client, url);
    await clock.advance(9_000);
    await setVisibility(url, ReceiptHandle, 60);
    await clock.advance(59_999);
    expect(await receive(client, url)).toEqual([]);
    await clock.advance(1);
    await receiveOne(client, url);
    await clock.advance(10_000);
    expect(await receive(client, url)).toHaveLength(1);
  });

  it("is visible at once with a timeout of zero", async () => {
    const url = await makeQueue(client, "given-back");
    await send(url);
    await setVisibility(url, (await receiveOne(client, url)).ReceiptHandle, 0);
    expect((await receiveOne(client, url)).Body).toBe("x");
  });

  it("is hidden for twelve hours after its receive at most", async () => {
    const url = await makeQueue(client, "twelve-hours");
    await send(url);
    const { ReceiptHandle } = await receiveOne(client, url, { VisibilityTimeout: 60 });
    expect(await refusalCode(setVisibility(url, ReceiptHandle, 43_201))).toBe("InvalidParameterValue");
    await clock.advance(10_000);
    expect(await refusalCode(setVisibility(url, ReceiptHandle, 43_191))).toBe("InvalidParameterValue");
    expect(await refusalCode(setVisibility(url, ReceiptHandle, 43_190))).toBe("accepted");
  });

  it("can no longer be hidden once it is visible again, deleted, or received anew", async () => {
    const url = await makeQueue(client, "late");
    await send(url);
    const first = await receiveOne(client, url, { VisibilityTimeout: 1 });
    await clock.advance(1_000);
    expect(await refusalCode(setVisibility(url, first.ReceiptHandle, 5))).toBe("MessageNotInflight");
    const second = await receiveOne(client, url);
    expect(await refusalCode(setVisibility(url, first.ReceiptHandle, 5))).toBe("InvalidParameterValue");
    await remove(url, second.ReceiptHandle);
    expect(await refusalCode(setVisibility(url, second.ReceiptHandle, 5))).toBe("InvalidParameterValue");
  });

  it("is hidden by an entry of a batch only if the entry says for how long", async () => {
    const url = await makeQueue(client, "entry");
    await send(url);
    const { ReceiptHandle } = await receiveOne(client, url);
    const { Failed } = await client.send(
      new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries: [{ Id: "a", ReceiptHandle }] }),
    );
    expect(Failed).toMatchObject([{ Id: "a", Code: "MissingParameter", SenderFault: true }]);
  });
});

describe("a receipt handle (SQS API Reference: DeleteMessage)", () => {
  it("of an earlier receive does not delete, and no error says so", async () => {
    const url = await makeQueue(client, "two-handles");
    await send(url);
    const first = await receiveOne(client, url, { VisibilityTimeout: 0 });
    const second = await receiveOne(client, url, { VisibilityTimeout: 60 });
    expect(await refusalCode(remove(url, first.ReceiptHandle))).toBe("accepted");
    expect(await sqs.inspect("two-handles")).toHaveLength(1);
    await remove(url, second.ReceiptHandle);
    expect(await sqs.inspect("two-handles")).toEqual([]);
  });

  it("of the most recent receive deletes, whether the message is visible again or not", async () => {
    const url = await makeQueue(client, "late-delete");
    await send(url);
    const { ReceiptHandle } = await receiveOne(client, url);
    await setVisibility(url, ReceiptHandle, 0);
    expect(await refusalCode(remove(url, ReceiptHandle))).toBe("accepted");
    expect(await sqs.inspect("late-delete")).toEqual([]);
  });

  it("deletes again without an error", async () => {
    const url = await makeQueue(client, "twice");
    await send(url);
    const { ReceiptHandle } = await receiveOne(client, url);
    await remove(url, ReceiptHandle);
    expect(await refusalCode(remove(url, ReceiptHandle))).toBe("accepted");
  });

  it("that SQS never gave, or gave for another queue, is invalid", async () => {
    const url = await makeQueue(client, "own-handles");
    const other = await makeQueue(client, "other-handles");
    await send(url);
    await send(other);
    const { ReceiptHandle: own = "" } = await receiveOne(client, url);
    const { ReceiptHandle: foreign = "" } = await receiveOne(client, other);
    for (const handle of ["made-up", foreign, `${own}A`]) {
      expect(await refusalCode(remove(url, handle))).toBe("ReceiptHandleIsInvalid");
      expect(await refusalCode(setVisibility(url, handle, 5))).toBe("ReceiptHandleIsInvalid");
    }
  });
});
