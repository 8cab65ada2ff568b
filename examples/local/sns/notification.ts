import type { Subscription } from "../template/stack.ts";
import type { Message } from "./message.ts";
import type { MessageAttributes } from "./message-attributes.ts";

/** A message on its way to one subscriber. */
export interface Notification {
  readonly message: Message;
  readonly messageId: string;
  /** Of FIFO topics. */
  readonly sequenceNumber?: string;
  /** ISO 8601, when it was published. */
  readonly timestamp: string;
  readonly subscription: Subscription;
}

/** What a queue gets, as SQS is sent it. A standard queue has no use for a deduplication id, and refuses it. */
export interface QueueMessage {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly groupId?: string;
  readonly deduplicationId?: string;
}

/** Nothing here is signed: these stand where AWS has a signature and the address of its certificate. */
const SIGNATURE = "none: made by the local cloud";

/**
 * The notification for a queue: raw, or within JSON.
 * Source: SNS Developer Guide, 'Raw message delivery' and 'HTTP/HTTPS notification JSON format'.
 */
export function queueMessage(notification: Notification, queueArn: string): QueueMessage {
  const { message, subscription } = notification;
  const { groupId, deduplicationId, structured } = message;
  const raw = subscription.rawMessageDelivery;
  return {
    body: raw ? message.bodies.sqs : JSON.stringify(envelope(notification)),
    attributes: raw && !structured ? message.attributes : {},
    ...(groupId === undefined ? {} : { groupId }),
    ...(deduplicationId === undefined || !queueArn.endsWith(".fifo") ? {} : { deduplicationId }),
  };
}

function envelope(notification: Notification): unknown {
  const { message, messageId, sequenceNumber, timestamp, subscription } = notification;
  const attributes = deliveredAttributes(message);
  return {
    Type: "Notification",
    MessageId: messageId,
    ...(sequenceNumber === undefined ? {} : { SequenceNumber: sequenceNumber }),
    TopicArn: subscription.topicArn,
    ...(message.subject === undefined ? {} : { Subject: message.subject }),
    Message: message.bodies[subscription.protocol],
    Timestamp: timestamp,
    SignatureVersion: "1",
    Signature: SIGNATURE,
    SigningCertURL: SIGNATURE,
    UnsubscribeURL: unsubscribeUrl(subscription),
    ...(Object.keys(attributes).length === 0 ? {} : { MessageAttributes: attributes }),
  };
}

/** The event of a function. Source: Lambda Developer Guide, 'Invoking Lambda functions with Amazon SNS notifications'. */
export function lambdaEvent(notification: Notification): unknown {
  const { message, messageId, timestamp, subscription } = notification;
  return {
    Records: [
      {
        EventSource: "aws:sns",
        EventVersion: "1.0",
        EventSubscriptionArn: subscription.arn,
        Sns: {
          Type: "Notification",
          MessageId: messageId,
          TopicArn: subscription.topicArn,
          Subject: message.subject ?? null,
          Message: message.bodies.lambda,
          Timestamp: timestamp,
          SignatureVersion: "1",
          Signature: SIGNATURE,
          SigningCertUrl: SIGNATURE,
          UnsubscribeUrl: unsubscribeUrl(subscription),
          MessageAttributes: deliveredAttributes(message),
        },
      },
    ],
  };
}

function deliveredAttributes({
  attributes,
  structured,
}: Message): Readonly<Record<string, { readonly Type: string; readonly Value: string }>> {
  if (structured) return {};
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      { Type: DataType, Value: StringValue ?? BinaryValue ?? "" },
    ]),
  );
}

function unsubscribeUrl({ arn }: Subscription): string {
  return `https://sns.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=${arn}`;
}
