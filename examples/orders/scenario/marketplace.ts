import { setTimeout as wait } from "node:timers/promises";
import { PublishBatchCommand, PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import type { Cloud } from "../../local/cloud.ts";
import { localCredentials } from "../../local/credentials.ts";
import { type Order, orderCreated } from "../src/order.ts";
import { makeOrder } from "./requests.ts";

/** Every so many orders one of them is published again: the first, mostly done by then. */
const AGAIN_EVERY = 10;
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
  /** Evenly over a time, some of them twice. Resolves with how many messages that were. */
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
      const beganMs = performance.now();
      for (let at = 0; at < messages.length; at += MOST_A_BATCH) {
        const dueMs = beganMs + (overMs * at) / messages.length;
        await wait(Math.max(0, dueMs - performance.now()), undefined, { signal });
        const batch = messages.slice(at, at + MOST_A_BATCH);
        const { Failed = [] } = await sns.send(
          new PublishBatchCommand({
            TopicArn: topic.arn,
            PublishBatchRequestEntries: batch.map((Message, index) => ({ Id: String(index), Message })),
          }),
          { abortSignal: signal },
        );
        if (Failed.length > 0) throw new Error(`SNS refused ${Failed.length} orders: ${Failed[0]?.Message}`);
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

function messageOf(order: Order): string {
  return JSON.stringify({
    version: "0",
    id: createdId(order.orderId),
    source: orderCreated.source,
    "detail-type": orderCreated.type,
    time: `${order.timestamp.slice(0, 19)}Z`,
    detail: order,
  });
}
