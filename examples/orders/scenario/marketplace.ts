import { setTimeout as wait } from "node:timers/promises";
import { PublishBatchCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import type { Cloud } from "../../local/cloud.ts";
import { localCredentials } from "../../local/credentials.ts";
import { type Order, orderCreated } from "../src/order.ts";
import { makeOrder } from "./requests.ts";

/** Every so many orders one of them is published again: the first, mostly done by then. */
const AGAIN_EVERY = 10;
/** And every so many come with something else, which is nothing for us. */
const OTHER_EVERY = 50;
/** Messages that SNS takes at once. */
const MOST_A_BATCH = 10;

/** What stands in the log for an order of a marketplace. */
export function createdId(orderId: string): string {
  return `order-created/${orderId}`;
}

/**
 * Orders that marketplaces have taken: of customers whose cards are good, so that every one must be paid. One customer in twenty cannot
 * be written to; now and then a product has run out, is not known, or stands in two lines.
 */
export function planOrders(count: number, random: () => number): readonly Order[] {
  return Array.from({ length: count }, (_, index) => {
    const order = makeOrder(index, random);
    return {
      ...order,
      items: order.items.map((item) => ({ ...item, productId: item.productId.replace("product", "goods") })),
      orderId: `market-${index}`,
      customerId: `customer-${index % 20 === 0 ? 8 : index % 4}`,
    };
  });
}

/** Publishes orders on the topic. */
export interface Marketplace {
  /** Evenly over a time, some of them twice, with other events in between. Resolves with how many messages of orders that were. */
  publish(orders: readonly Order[], overMs: number): Promise<number>;
  /** One alone. */
  publishOne(order: Order): Promise<void>;
  close(): void;
}

export function marketplace(cloud: Cloud, signal: AbortSignal): Marketplace {
  const [stack] = cloud.stacks;
  const topic = stack?.topics.find(({ logicalId }) => logicalId === "OrderCreatedTopic");
  if (stack === undefined || topic === undefined) throw new Error("the template has no OrderCreatedTopic");
  const sns = new SNSClient({
    endpoint: cloud.endpoints.sns,
    region: stack.region,
    credentials: localCredentials,
  });
  return {
    async publish(orders, overMs) {
      const messages = orders.flatMap((order, index) => {
        const again = index % AGAIN_EVERY === AGAIN_EVERY - 1 ? orders[index - AGAIN_EVERY + 1] : undefined;
        return again === undefined ? [messageOf(order)] : [messageOf(order), messageOf(again)];
      });
      const others = orders.filter((_, index) => index % OTHER_EVERY === 0).map(otherThan);
      await publishAll(sns, topic.arn, others, signal);
      const beganMs = performance.now();
      for (let at = 0; at < messages.length; at += MOST_A_BATCH) {
        const dueMs = beganMs + (overMs * at) / messages.length;
        await wait(Math.max(0, dueMs - performance.now()), undefined, { signal });
        const batch = messages.slice(at, at + MOST_A_BATCH);
        await publishAll(sns, topic.arn, batch, signal);
      }
      await wait(Math.max(0, beganMs + overMs - performance.now()), undefined, { signal });
      return messages.length;
    },
    async publishOne(order) {
      const message = new PublishCommand({ TopicArn: topic.arn, Message: messageOf(order) });
      await sns.send(message, { abortSignal: signal });
    },
    close: () => sns.destroy(),
  };
}

async function publishAll(
  sns: SNSClient,
  TopicArn: string,
  messages: readonly string[],
  abortSignal: AbortSignal,
): Promise<void> {
  for (let at = 0; at < messages.length; at += MOST_A_BATCH) {
    const batch = messages.slice(at, at + MOST_A_BATCH);
    const PublishBatchRequestEntries = batch.map((Message, index) => ({ Id: String(index), Message }));
    const { Failed = [] } = await sns.send(
      new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }),
      {
        abortSignal,
      },
    );
    if (Failed.length > 0) throw new Error(`SNS refused ${Failed.length} messages: ${Failed[0]?.Message}`);
  }
}

function messageOf(order: Order, type: string = orderCreated.type): string {
  return JSON.stringify({
    version: "0",
    id: createdId(order.orderId),
    source: orderCreated.source,
    "detail-type": type,
    time: `${order.timestamp.slice(0, 19)}Z`,
    detail: order,
  });
}

/** That an order was looked at: nothing that anybody here does something with. */
function otherThan(order: Order): string {
  return messageOf(order, "OrderViewed");
}
