import { randomUUID } from "node:crypto";
import type { CloudClock, Deliver } from "../services.ts";
import type { Subscription, Topic } from "../template/stack.ts";
import type { Deliveries } from "./delivery.ts";
import { type CompilePattern, compileFilter, type Filter } from "./filter-policy.ts";
import type { Message } from "./message.ts";
import { lambdaEvent, type Notification, type QueueMessage, queueMessage } from "./notification.ts";

/** Sends a message to the queue that an ARN names. */
export type SendToQueue = (queueArn: string, message: QueueMessage) => Promise<void>;

export interface Published {
  readonly messageId: string;
  /** Of FIFO topics. */
  readonly sequenceNumber?: string;
}

export interface TopicsOptions {
  readonly topics: readonly Topic[];
  readonly subscriptions: readonly Subscription[];
  readonly sendToQueue: SendToQueue;
  /** Invokes functions asynchronously. */
  readonly deliver: Deliver;
  readonly compilePattern: CompilePattern;
  readonly clock: CloudClock;
}

/** SNS Developer Guide, 'Message deduplication for FIFO topics': for five minutes. */
const DEDUPLICATION_MS = 300_000;
/** SNS Developer Guide, 'Message attributes': more would be more than SQS takes. */
const MAX_RAW_ATTRIBUTES = 10;

/** Publishing to the topics that there are: whoever calls has looked the topic up. */
export type Publish = (topic: Topic, message: Message) => Published;

/** @throws Error naming the place of a subscription whose filter policy SNS would refuse. */
export function makePublish(options: TopicsOptions, deliveries: Deliveries): Publish {
  const { clock } = options;
  const filtered = options.subscriptions.map((subscription) => ({
    subscription,
    accepts: filterOf(subscription, options.compilePattern),
  }));
  const recent = new Map<string, { readonly published: Published; readonly untilMs: number }>();
  let sequence = 10_000_000_000_000_000_000n;

  return (topic, message) => {
    const now = clock.now();
    for (const [key, { untilMs }] of recent) {
      if (untilMs > now) break;
      recent.delete(key);
    }
    const key = message.deduplicationId && `${topic.arn} ${message.deduplicationId}`;
    const earlier = key === undefined ? undefined : recent.get(key);
    // Accepted, and not delivered again.
    if (earlier !== undefined) return earlier.published;
    sequence += 1n;
    const published: Published = {
      messageId: randomUUID(),
      ...(topic.fifo ? { sequenceNumber: String(sequence) } : {}),
    };
    if (key !== undefined) {
      recent.set(key, { published, untilMs: now + DEDUPLICATION_MS / clock.speed });
    }
    const timestamp = new Date(now).toISOString();
    for (const { subscription, accepts } of filtered) {
      if (subscription.topicArn !== topic.arn) continue;
      const { attributes, bodies } = message;
      if (!accepts({ attributes, body: bodies[subscription.protocol] })) continue;
      const notification = { ...published, message, timestamp, subscription };
      deliveries.send({
        from: `${topic.name} (${subscription.logicalId})`,
        attempt: () => attempt(notification, options),
        ...deadLetterOf(notification, options.sendToQueue),
        ...(topic.fifo ? { line: `${subscription.arn} ${message.groupId}` } : {}),
      });
    }
    return published;
  };
}

function filterOf({ filterPolicy, filterPolicyScope, place }: Subscription, compile: CompilePattern): Filter {
  if (filterPolicy === undefined) return () => true;
  try {
    return compileFilter(filterPolicy, filterPolicyScope, compile);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${place.file}:${place.line} ${place.path}: FilterPolicy: ${why}`, { cause: error });
  }
}

async function attempt(notification: Notification, options: TopicsOptions): Promise<void> {
  const { subscription } = notification;
  if (subscription.protocol === "lambda") {
    return options.deliver(subscription.endpointArn, JSON.stringify(lambdaEvent(notification)));
  }
  const message = queueMessage(notification, subscription.endpointArn);
  const count = Object.keys(message.attributes).length;
  if (count > MAX_RAW_ATTRIBUTES) {
    const error = new Error(
      `a raw message has at most ${MAX_RAW_ATTRIBUTES} attributes; this one has ${count}`,
    );
    throw Object.assign(error, { code: "InvalidParameterValue" });
  }
  await options.sendToQueue(subscription.endpointArn, message);
}

/** A dead letter is what the subscriber would have got; for a function, the notification as a queue gets it. */
function deadLetterOf(notification: Notification, sendToQueue: SendToQueue) {
  const arn = notification.subscription.deadLetterArn;
  if (arn === undefined) return {};
  return { deadLetter: { arn, attempt: () => sendToQueue(arn, queueMessage(notification, arn)) } };
}
