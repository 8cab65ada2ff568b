import { DeleteMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { localCredentials } from "../../../../examples/local/credentials.ts";
import { startGate } from "../../../../examples/local/faults/gate.ts";
import { region } from "../lambda/fixtures.ts";
import { bodies, makeQueue, receive, refusalCode, setUp } from "./fixtures.ts";

const { sqs, client, clock } = await setUp();
/** The operation whose next reply is lost. */
let losing: string | undefined;
const gate = await startGate({
  service: "sqs",
  target: sqs.endpoint,
  decide({ operation }) {
    if (operation !== losing) return undefined;
    losing = undefined;
    return { do: "lose-reply" };
  },
});
const unlucky = new SQSClient({ endpoint: gate.endpoint, region, credentials: localCredentials });
afterAll(async () => {
  unlucky.destroy();
  await gate.stop();
  await sqs.stop();
});
beforeEach(() => {
  losing = undefined;
});

const send = (QueueUrl: string, fifo = false) =>
  unlucky.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: "x",
      ...(fifo ? { MessageGroupId: "g", MessageDeduplicationId: "d" } : {}),
    }),
  );

describe("when a reply is lost and the client asks again,", () => {
  it("a standard queue has a sent message twice, a FIFO queue once", async () => {
    const standard = await makeQueue(client, "sent");
    const fifo = await makeQueue(client, "sent.fifo");
    losing = "SendMessage";
    await send(standard);
    losing = "SendMessage";
    await send(fifo, true);
    expect(await sqs.inspect("sent")).toHaveLength(2);
    expect(await sqs.inspect("sent.fifo")).toHaveLength(1);
  });

  it("received messages are hidden, and come again after their timeout", async () => {
    const url = await makeQueue(client, "received");
    await send(url);
    losing = "ReceiveMessage";
    expect(await receive(unlucky, url)).toEqual([]);
    await clock.advance(30_000);
    const [message] = await receive(unlucky, url);
    expect(message?.Attributes?.ApproximateReceiveCount).toBe("2");
  });

  it("the same receive attempt gives them at once", async () => {
    const url = await makeQueue(client, "received.fifo");
    await send(url, true);
    losing = "ReceiveMessage";
    const messages = await receive(unlucky, url, { ReceiveRequestAttemptId: "attempt" });
    expect(bodies(messages)).toEqual(["x"]);
    expect(messages[0]?.Attributes?.ApproximateReceiveCount).toBe("1");
  });

  it.each(["deleted", "deleted.fifo"])("a message is deleted, without an error: %s", async (name) => {
    const QueueUrl = await makeQueue(client, name);
    await send(QueueUrl, name.endsWith(".fifo"));
    const [message] = await receive(client, QueueUrl);
    losing = "DeleteMessage";
    const { ReceiptHandle } = message ?? {};
    const deletion = unlucky.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    expect(await refusalCode(deletion)).toBe("accepted");
    expect(losing).toBeUndefined();
    expect(await sqs.inspect(name)).toEqual([]);
  });
});
