import { networkInterfaces } from "node:os";
import { GetQueueAttributesCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Sqs } from "../../../../examples/local/sqs/service.ts";
import { eventually } from "../lambda/fixtures.ts";
import { queueArn, queueNamed, receive, setUp } from "./fixtures.ts";

let sqs: Sqs;
beforeEach(async () => {
  ({ sqs } = await setUp());
});
afterEach(() => sqs.stop());

describe("the local SQS", () => {
  it("listens on loopback only", async () => {
    expect(new URL(sqs.endpoint).hostname).toBe("127.0.0.1");
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find((address) => !address.internal && address.family === "IPv4");
    if (outside === undefined) return;
    await expect(fetch(`http://${outside.address}:${new URL(sqs.endpoint).port}/health`)).rejects.toThrow();
  });

  it("creates queues that its wire API knows by the template's URL", async () => {
    const dead = queueNamed("orders-dead", sqs.endpoint);
    const orders = queueNamed("orders", sqs.endpoint, {
      visibilityTimeoutSeconds: 60,
      redrive: { deadLetterArn: dead.arn, maxReceiveCount: 3 },
    });
    await sqs.createQueues([orders, dead]);
    const { Attributes } = await sqs.client.send(
      new GetQueueAttributesCommand({ QueueUrl: orders.url, AttributeNames: ["All"] }),
    );
    expect(Attributes).toMatchObject({
      QueueArn: queueArn("orders"),
      VisibilityTimeout: "60",
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 3 }),
    });
  });

  it("creates queues with what templates say of order and of dead letters", async () => {
    const dead = queueNamed("dead.fifo", sqs.endpoint, {
      redriveAllowPolicy: { redrivePermission: "byQueue", sourceQueueArns: [queueArn("fast.fifo")] },
    });
    const fast = queueNamed("fast.fifo", sqs.endpoint, {
      deduplicationScope: "messageGroup",
      throughputLimit: "perMessageGroupId",
      redrive: { deadLetterArn: dead.arn, maxReceiveCount: 3 },
    });
    await sqs.createQueues([fast, dead]);
    const { Attributes } = await sqs.client.send(
      new GetQueueAttributesCommand({ QueueUrl: fast.url, AttributeNames: ["All"] }),
    );
    expect(Attributes).toMatchObject({
      DeduplicationScope: "messageGroup",
      FifoThroughputLimit: "perMessageGroupId",
      RedrivePolicy: expect.stringContaining(dead.arn),
    });
    const other = queueNamed("other.fifo", sqs.endpoint, {
      redrive: { deadLetterArn: dead.arn, maxReceiveCount: 3 },
    });
    await expect(sqs.createQueues([other])).rejects.toThrow("does not let this queue use it");
  });

  it("lets timeouts and delays pass as fast as the cloud's time, and long polls in real seconds", async () => {
    const { sqs: fast, client, clock } = await setUp({}, 60);
    const queue = queueNamed("q", fast.endpoint, { visibilityTimeoutSeconds: 60, delaySeconds: 30 });
    await fast.createQueues([queue]);
    await fast.send(queue.url, "x");
    const begunMs = clock.now();
    expect(await receive(client, queue.url)).toEqual([]);
    await clock.advance(30_000);
    expect(await receive(client, queue.url)).toHaveLength(1);
    await clock.advance(60_000);
    expect(await receive(client, queue.url, { VisibilityTimeout: 3_600 })).toHaveLength(1);
    expect(clock.now() - begunMs).toBe(1_500);
    let ended = false;
    const polling = receive(client, queue.url, { WaitTimeSeconds: 20 }).then(() => {
      ended = true;
    });
    await eventually(() => clock.timers() > 0);
    await clock.advance(60 * 19_999);
    expect(ended).toBe(false);
    await clock.advance(60);
    await polling;
    await fast.stop();
  });

  it("shows what lies in a queue without receiving it", async () => {
    const queue = queueNamed("q", sqs.endpoint);
    await sqs.createQueues([queue]);
    await sqs.send(queue.url, "one", { RULE_ARN: "arn:rule" });
    await sqs.send(queue.url, "two");
    await sqs.client.send(new ReceiveMessageCommand({ QueueUrl: queue.url, MaxNumberOfMessages: 1 }));

    expect(await sqs.depths()).toEqual([{ name: "q", visible: 1, inFlight: 1, delayed: 0 }]);
    const messages = await sqs.inspect("q");
    expect(messages.map(({ body, receiveCount }) => [body, receiveCount]).sort()).toEqual([
      ["one", 1],
      ["two", 0],
    ]);
    expect(messages.find(({ body }) => body === "one")?.attributes).toEqual({ RULE_ARN: "arn:rule" });
    await expect(sqs.inspect("other")).rejects.toThrow("there is no queue other");
  });

  it("refuses what SQS refuses", async () => {
    const queue = queueNamed("q", sqs.endpoint, { maximumMessageBytes: 1_024 });
    await sqs.createQueues([queue]);
    await expect(sqs.send(queue.url, "x".repeat(1_025))).rejects.toThrow();
    await expect(sqs.send(`${sqs.endpoint}/000000000000/none`, "x")).rejects.toThrow();
  });
});
