import type { Subscription, Topic } from "../template/stack.ts";
import { MAX_MESSAGE_BYTES, type Message, readMessage } from "./message.ts";
import { members, type Params } from "./query.ts";
import { invalidParameter, SnsError } from "./sns-error.ts";
import type { Publish, Published } from "./topics.ts";
import { element, mapElement, textElement } from "./xml.ts";

/** Does one operation, and gives the XML within its result. */
export type Operations = (action: string, params: Params) => string;

/** @throws SnsError from the operations that it returns. Source: SNS API Reference, by operation. */
export function operations(options: {
  readonly topics: readonly Topic[];
  readonly subscriptions: readonly Subscription[];
  readonly publish: Publish;
}): Operations {
  const { topics, subscriptions, publish } = options;

  function topicOf(params: Params): Topic {
    const arn = params.get("TopicArn") ?? params.get("TargetArn");
    if (arn === undefined)
      throw invalidParameter("TopicArn or TargetArn Reason: no value for required parameter");
    const topic = topics.find((candidate) => candidate.arn === arn);
    if (topic === undefined) throw new SnsError("NotFound", "Topic does not exist", 404);
    return topic;
  }

  function subscriptionOf(params: Params): Subscription {
    const arn = params.get("SubscriptionArn");
    const subscription = subscriptions.find((candidate) => candidate.arn === arn);
    if (subscription === undefined) throw new SnsError("NotFound", "Subscription does not exist", 404);
    return subscription;
  }

  function publishOne(params: Params): string {
    if (params.has("PhoneNumber")) throw invalidParameter("PhoneNumber: nobody can be called from here");
    const topic = topicOf(params);
    return publishedXml(publish(topic, readMessage(params, topic)));
  }

  function publishBatch(params: Params): string {
    const topic = topicOf(params);
    const entries = members(params, "PublishBatchRequestEntries.member");
    checkBatch(entries);
    const read = entries.map((entry) => ({ id: entry.get("Id") ?? "", message: tryRead(entry, topic) }));
    const bytes = read.reduce(
      (sum, { message }) => sum + (message instanceof SnsError ? 0 : message.bytes),
      0,
    );
    if (bytes > MAX_MESSAGE_BYTES) {
      throw new SnsError(
        "BatchRequestTooLong",
        `The messages of a batch have ${bytes} bytes together; at most ${MAX_MESSAGE_BYTES}.`,
      );
    }
    const done: string[] = [];
    const failed: string[] = [];
    for (const { id, message } of read) {
      if (message instanceof SnsError)
        failed.push(element("member", textElement("Id", id), failureXml(message)));
      else done.push(element("member", textElement("Id", id), publishedXml(publish(topic, message))));
    }
    return element("Successful", ...done) + element("Failed", ...failed);
  }

  return (action, params) => {
    switch (action) {
      case "Publish":
        return publishOne(params);
      case "PublishBatch":
        return publishBatch(params);
      case "ListTopics":
        refusePaging(params);
        return element("Topics", ...topics.map(({ arn }) => element("member", textElement("TopicArn", arn))));
      case "ListSubscriptions":
        refusePaging(params);
        return subscriptionsXml(subscriptions);
      case "ListSubscriptionsByTopic": {
        refusePaging(params);
        const { arn } = topicOf(params);
        return subscriptionsXml(subscriptions.filter(({ topicArn }) => topicArn === arn));
      }
      case "GetTopicAttributes": {
        const topic = topicOf(params);
        const own = subscriptions.filter(({ topicArn }) => topicArn === topic.arn);
        return mapElement("Attributes", topicAttributes(topic, own.length));
      }
      case "GetSubscriptionAttributes":
        return mapElement("Attributes", subscriptionAttributes(subscriptionOf(params)));
      default:
        throw new SnsError(
          "InvalidAction",
          `The local SNS does not serve ${action}: topics and subscriptions are those of the templates.`,
        );
    }
  };
}

function checkBatch(entries: readonly Params[]): void {
  if (entries.length === 0) {
    throw new SnsError("EmptyBatchRequest", "The batch request doesn't contain any entries.");
  }
  if (entries.length > 10) {
    throw new SnsError(
      "TooManyEntriesInBatchRequest",
      `A batch has at most 10 entries, not ${entries.length}.`,
    );
  }
  const ids = entries.map((entry) => entry.get("Id") ?? "");
  for (const id of ids) {
    if (!/^[\w-]{1,80}$/.test(id)) {
      throw new SnsError(
        "InvalidBatchEntryId",
        `"${id}" is no entry id: write 1 to 80 letters, digits, hyphens and underscores.`,
      );
    }
  }
  if (new Set(ids).size < ids.length) {
    throw new SnsError("BatchEntryIdsNotDistinct", "Two entries of the batch have the same Id.");
  }
}

function tryRead(entry: Params, topic: Topic): Message | SnsError {
  try {
    return readMessage(entry, topic);
  } catch (error) {
    if (error instanceof SnsError) return error;
    throw error;
  }
}

/** Everything is on one page here. */
function refusePaging(params: Params): void {
  if (params.has("NextToken")) throw invalidParameter("NextToken: no such token was given out");
}

function publishedXml({ messageId, sequenceNumber }: Published): string {
  return (
    textElement("MessageId", messageId) +
    (sequenceNumber === undefined ? "" : textElement("SequenceNumber", sequenceNumber))
  );
}

function failureXml({ code, message }: SnsError): string {
  return textElement("Code", code) + textElement("Message", message) + textElement("SenderFault", "true");
}

function subscriptionsXml(subscriptions: readonly Subscription[]): string {
  const all = subscriptions.map((subscription) =>
    element(
      "member",
      textElement("SubscriptionArn", subscription.arn),
      textElement("Owner", ownerOf(subscription.topicArn)),
      textElement("Protocol", subscription.protocol),
      textElement("Endpoint", subscription.endpointArn),
      textElement("TopicArn", subscription.topicArn),
    ),
  );
  return element("Subscriptions", ...all);
}

function topicAttributes(topic: Topic, confirmed: number): Readonly<Record<string, string>> {
  return {
    TopicArn: topic.arn,
    Owner: ownerOf(topic.arn),
    DisplayName: topic.displayName ?? "",
    SubscriptionsConfirmed: String(confirmed),
    SubscriptionsPending: "0",
    SubscriptionsDeleted: "0",
    ...(topic.fifo
      ? { FifoTopic: "true", ContentBasedDeduplication: String(topic.contentBasedDeduplication) }
      : {}),
  };
}

function subscriptionAttributes(subscription: Subscription): Readonly<Record<string, string>> {
  const { filterPolicy, deadLetterArn } = subscription;
  return {
    SubscriptionArn: subscription.arn,
    TopicArn: subscription.topicArn,
    Owner: ownerOf(subscription.topicArn),
    Protocol: subscription.protocol,
    Endpoint: subscription.endpointArn,
    PendingConfirmation: "false",
    ConfirmationWasAuthenticated: "true",
    RawMessageDelivery: String(subscription.rawMessageDelivery),
    ...(filterPolicy === undefined
      ? {}
      : { FilterPolicy: JSON.stringify(filterPolicy), FilterPolicyScope: subscription.filterPolicyScope }),
    ...(deadLetterArn === undefined
      ? {}
      : { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetterArn }) }),
  };
}

/** The account in an ARN. */
function ownerOf(arn: string): string {
  return arn.split(":")[4] ?? "";
}
