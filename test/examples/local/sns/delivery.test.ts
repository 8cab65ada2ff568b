import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import { describe, expect, test } from "vitest";
import { retryDelayMs } from "../../../../examples/local/sns/delivery.ts";
import {
  failure,
  functionArn,
  orders,
  ordersFifo,
  queueArn,
  settled,
  setUp,
  subscriptionNamed,
} from "./set-up.ts";

const publish = (client: SNSClient, Message: string) =>
  client.send(new PublishCommand({ TopicArn: orders.arn, Message }));
const publishFifo = (client: SNSClient, id: string, MessageGroupId = "g") =>
  client.send(
    new PublishCommand({
      TopicArn: ordersFifo.arn,
      Message: id,
      MessageGroupId,
      MessageDeduplicationId: id,
    }),
  );

describe("retries", () => {
  test("are those that AWS documents for its own endpoints", () => {
    expect([1, 2, 3, 4, 5, 6, 15, 16, 100_015, 100_016].map(retryDelayMs)).toEqual([
      0,
      0,
      0,
      1_000,
      1_000,
      1_000,
      20_000,
      20_000,
      20_000,
      undefined,
    ]);
    const total = Array.from({ length: 100_015 }, (_, index) => retryDelayMs(index + 1) ?? 0);
    const days = total.reduce((sum, delay) => sum + delay, 0) / 86_400_000;
    expect(Math.floor(days)).toBe(23);
  });

  test("go on by the cloud's clock until the endpoint is there again, and count as pending", async () => {
    let failures = 6;
    const { client, clock, sns, sent } = await setUp({
      before: () => {
        failures -= 1;
        if (failures >= 0) throw failure({ $fault: "server" });
      },
    });
    await publish(client, "m");
    await clock.advance(0);
    expect([sent.length, sns.pending()]).toEqual([0, 1]);
    await clock.advance(3_000);
    expect([sent.length, sns.pending()]).toEqual([1, 0]);
  });

  test("leave no timer when SNS is stopped between two of them", async () => {
    const { client, clock, sns } = await setUp({
      before: () => {
        throw failure({ $fault: "server" });
      },
    });
    await publish(client, "m");
    await clock.advance(1_000);
    expect(clock.timers()).toBe(1);
    await sns.stop();
    expect(clock.timers()).toBe(0);
  });
});

describe("what no retry can mend", () => {
  const gone = failure({ code: "ResourceNotFoundException" });
  const refusing = (arn: string) => (candidate: string) => {
    if (candidate === arn) throw gone;
  };

  test("goes to the subscription's dead-letter queue at once, as the subscriber would have got it", async () => {
    const dead = subscriptionNamed("q", { deadLetterArn: queueArn("dead"), rawMessageDelivery: true });
    const { client, clock, facts, sent, sns } = await setUp({
      subscriptions: [dead],
      before: refusing(queueArn("q")),
    });
    await publish(client, "m");
    await settled();
    expect(sent).toEqual([["dead", { body: "m", attributes: {} }]]);
    expect(facts).toEqual([
      { type: "dead-letter", from: "orders (q)", to: queueArn("dead"), reason: "refused" },
    ]);
    expect([clock.timers(), sns.pending()]).toEqual([0, 0]);
  });

  test("for a function becomes the notification in JSON", async () => {
    const subscription = subscriptionNamed("f", {
      protocol: "lambda",
      endpointArn: functionArn("f"),
      deadLetterArn: queueArn("dead"),
    });
    const { client, sent } = await setUp({
      subscriptions: [subscription],
      before: refusing(functionArn("f")),
    });
    await publish(client, "m");
    await settled();
    expect(sent.map(([queue, { body }]) => [queue, JSON.parse(body).Message])).toEqual([["dead", "m"]]);
  });

  test("is dropped without a dead-letter queue, and others get the message all the same", async () => {
    const { client, facts, sent } = await setUp({
      subscriptions: [subscriptionNamed("q"), subscriptionNamed("other")],
      before: refusing(queueArn("q")),
    });
    await publish(client, "m");
    await settled();
    expect(facts).toEqual([{ type: "dropped", from: "orders (q)", reason: "refused" }]);
    expect(sent.map(([queue]) => queue)).toEqual(["other"]);
  });

  test("is dropped when the dead-letter queue does not take it either", async () => {
    const { client, facts } = await setUp({
      subscriptions: [subscriptionNamed("q", { deadLetterArn: queueArn("dead") })],
      before: () => {
        throw gone;
      },
    });
    await publish(client, "m");
    await settled();
    expect(facts).toEqual([
      { type: "dropped", from: "orders (q)", reason: expect.stringContaining("did not take it") },
    ]);
  });

  test("is a raw message with eleven attributes, and not one with ten", async () => {
    const { client, facts, sent } = await setUp({
      subscriptions: [subscriptionNamed("q", { rawMessageDelivery: true })],
    });
    for (const count of [10, 11]) {
      const MessageAttributes = Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`a${index}`, { DataType: "String", StringValue: "v" }]),
      );
      await client.send(new PublishCommand({ TopicArn: orders.arn, Message: `${count}`, MessageAttributes }));
    }
    await settled();
    expect(sent.map(([, { body }]) => body)).toEqual(["10"]);
    expect(facts).toEqual([
      { type: "dropped", from: "orders (q)", reason: expect.stringContaining("at most 10 attributes") },
    ]);
  });

  test("is no throttling: that is tried again", async () => {
    let first = true;
    const { client, clock, sent } = await setUp({
      before: () => {
        if (!first) return;
        first = false;
        throw failure({ name: "ThrottlingException", $fault: "client" });
      },
    });
    await publish(client, "m");
    await clock.advance(1_000);
    expect(sent).toHaveLength(1);
  });
});

describe("a FIFO topic", () => {
  const fifo = subscriptionNamed("q.fifo", { topicArn: ordersFifo.arn, rawMessageDelivery: true });

  test("takes a message again within five minutes, and does not deliver it again", async () => {
    const { client, clock, sent } = await setUp({ subscriptions: [fifo], speed: 10 });
    const first = await publishFifo(client, "a");
    await clock.advance(299_000);
    expect(await publishFifo(client, "a")).toMatchObject({ MessageId: first.MessageId });
    await clock.advance(2_000);
    await publishFifo(client, "a");
    await settled();
    expect(sent.map(([, { body }]) => body)).toEqual(["a", "a"]);
  });

  test("keeps the order of a group while its first message is retried, and holds no other group up", async () => {
    let failing = true;
    const { client, clock, sent } = await setUp({
      subscriptions: [fifo],
      before: async () => {
        if (!failing) return;
        failing = false;
        throw failure({ $fault: "server" });
      },
    });
    await publishFifo(client, "a1");
    await publishFifo(client, "a2");
    await publishFifo(client, "b1", "h");
    await settled();
    expect(sent.map(([, { body }]) => body)).toEqual(["b1"]);
    await clock.advance(1_000);
    expect(sent.map(([, { body }]) => body)).toEqual(["b1", "a1", "a2"]);
  });
});
