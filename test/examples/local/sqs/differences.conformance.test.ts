import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ListDeadLetterSourceQueuesCommand,
  PurgeQueueCommand,
  type QueueAttributeName,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SendMessageCommandInput,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Sqs, startSqs } from "../../../../examples/local/sqs/service.ts";
import { type Difference, refusal } from "../differences.ts";
import { accountId, realClock, region } from "../lambda/fixtures.ts";
import { makeQueue, queueArn, receive, receiveOne, refusalCode } from "./fixtures.ts";

let sqs: Sqs;
let client: SQSClient;
beforeAll(async () => {
  sqs = await startSqs({ region, accountId, clock: realClock(1) });
  client = sqs.client;
});
afterAll(() => sqs.stop());

const send = (queueUrl: string, over: Partial<SendMessageCommandInput> = {}) =>
  client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: "x", ...over }));
const text = { DataType: "String", StringValue: "x" };

/** Where fauxqs and AWS part. A newer fauxqs that changes one makes this list wrong, and its test says which. */
const differs: Readonly<Record<string, Difference>> = {
  "message attributes that were not asked for": {
    aws: "ReceiveMessage: attributes come when MessageAttributeNames names them",
    here: "come",
    async see() {
      const url = await makeQueue(client, "unasked");
      await send(url, { MessageAttributes: { a: text } });
      const { MessageAttributes } = await receiveOne(client, url, { MessageAttributeNames: [] });
      return MessageAttributes === undefined ? "do not come" : "come";
    },
  },
  "a character beyond U+FFFF, such as an emoji": {
    aws: "SendMessage: #x10000 to #x10FFFF are allowed",
    here: "InvalidMessageContents",
    see: async () => refusalCode(send(await makeQueue(client, "emoji"), { MessageBody: "😀" })),
  },
  "deleting with the latest handle after giving the message back": {
    aws: "DeleteMessage: the handle of the most recent receive deletes, whether the message is visible or not",
    here: "accepted, 1 message stays",
    async see() {
      const QueueUrl = await makeQueue(client, "late-delete");
      await send(QueueUrl);
      const { ReceiptHandle } = await receiveOne(client, QueueUrl);
      await client.send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
      );
      const deleted = await refusalCode(client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })));
      return `${deleted}, ${(await sqs.inspect("late-delete")).length} message stays`;
    },
  },
  "deleting with a handle that SQS never gave": {
    aws: "DeleteMessage: ReceiptHandleIsInvalid",
    here: "accepted",
    async see() {
      const QueueUrl = await makeQueue(client, "made-up");
      return refusalCode(client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: "made-up" })));
    },
  },
  AWSTraceHeader: {
    aws: "SendMessage: MessageSystemAttributes takes AWSTraceHeader, and ReceiveMessage gives it",
    here: "lost",
    async see() {
      const url = await makeQueue(client, "traced");
      const header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
      await send(url, {
        MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: header } },
      });
      const { Attributes } = await receiveOne(client, url);
      return Attributes?.AWSTraceHeader === header ? "kept" : "lost";
    },
  },
  "the group of a message in a standard queue": {
    aws: "SendMessage: MessageGroupId makes fair queues of standard queues, and comes with the message",
    here: "lost",
    async see() {
      const url = await makeQueue(client, "fair");
      await send(url, { MessageGroupId: "tenant" });
      return (await receiveOne(client, url)).Attributes?.MessageGroupId ?? "lost";
    },
  },
  "messages of one group in one receive": {
    aws: "FIFO delivery logic: a receive gives as many messages of one group as it can",
    here: "1 of 3",
    async see() {
      const url = await makeQueue(client, "group.fifo");
      for (const id of ["1", "2", "3"]) await send(url, { MessageGroupId: "g", MessageDeduplicationId: id });
      return `${(await receive(client, url)).length} of 3`;
    },
  },
  "DeduplicationScope messageGroup": {
    aws: "CreateQueue: deduplication within a group, in high-throughput FIFO queues",
    here: "1 of 2 messages",
    async see() {
      const url = await makeQueue(client, "scoped.fifo", {
        DeduplicationScope: "messageGroup",
        FifoThroughputLimit: "perMessageGroupId",
      });
      for (const group of ["g", "h"]) await send(url, { MessageGroupId: group, MessageDeduplicationId: "d" });
      return `${(await sqs.inspect("scoped.fifo")).length} of 2 messages`;
    },
  },
  "a message's delay of 901 seconds": {
    aws: "SendMessage: DelaySeconds is 0 to 900",
    here: "accepted",
    see: async () => refusalCode(send(await makeQueue(client, "late"), { DelaySeconds: 901 })),
  },
  "eleven message attributes": {
    aws: "Amazon SQS message metadata: at most 10 attributes",
    here: "accepted",
    async see() {
      const names = Array.from({ length: 11 }, (_, index) => `a${index}`);
      const MessageAttributes = Object.fromEntries(names.map((name) => [name, text]));
      return refusalCode(send(await makeQueue(client, "eleven"), { MessageAttributes }));
    },
  },
  "an empty attribute value": {
    aws: "Amazon SQS message metadata: name, type, value and body are not empty",
    here: "accepted",
    async see() {
      const MessageAttributes = { a: { DataType: "String", StringValue: "" } };
      return refusalCode(send(await makeQueue(client, "empty"), { MessageAttributes }));
    },
  },
  "an attribute type that is no String, Number or Binary": {
    aws: "Amazon SQS message metadata: the type begins with String, Number or Binary",
    here: "accepted",
    async see() {
      const MessageAttributes = { a: { DataType: "Text", StringValue: "x" } };
      return refusalCode(send(await makeQueue(client, "typed"), { MessageAttributes }));
    },
  },
  "a batch entry's id of 81 characters": {
    aws: "SendMessageBatchRequestEntry: an id has up to 80 characters",
    here: "accepted",
    async see() {
      const QueueUrl = await makeQueue(client, "long-id");
      const Entries = [{ Id: "i".repeat(81), MessageBody: "x" }];
      return refusalCode(client.send(new SendMessageBatchCommand({ QueueUrl, Entries })));
    },
  },
  "a second purge within 60 seconds": {
    aws: "PurgeQueue: PurgeQueueInProgress",
    here: "accepted",
    async see() {
      const QueueUrl = await makeQueue(client, "purged-twice");
      await client.send(new PurgeQueueCommand({ QueueUrl }));
      return refusalCode(client.send(new PurgeQueueCommand({ QueueUrl })));
    },
  },
  "a queue made again within 60 seconds of its deletion": {
    aws: "CreateQueue: QueueDeletedRecently",
    here: "accepted",
    async see() {
      const QueueUrl = await makeQueue(client, "returned");
      await client.send(new DeleteQueueCommand({ QueueUrl }));
      return refusalCode(makeQueue(client, "returned"));
    },
  },
  "a dead-letter queue that is not there": {
    aws: "SetQueueAttributes: RedrivePolicy names an existing queue",
    here: "accepted",
    see: () =>
      refusalCode(
        makeQueue(client, "orphan", {
          RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn("none"), maxReceiveCount: 1 }),
        }),
      ),
  },
  "a queue name with a dot": {
    aws: "CreateQueue: alphanumeric characters, hyphens and underscores, up to 80",
    here: "accepted",
    see: () => refusalCode(client.send(new CreateQueueCommand({ QueueName: "a.b" }))),
  },
  "an attribute that queues do not have": {
    aws: "GetQueueAttributes: InvalidAttributeName",
    here: "accepted",
    async see() {
      const QueueUrl = await makeQueue(client, "unknown-attribute");
      // The type knows only real names.
      const AttributeNames = ["Colour" as QueueAttributeName];
      return refusalCode(client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames })));
    },
  },
  "the name of an error that the service's model does not list": {
    aws: "Common Error Types: InvalidParameterValue, without a prefix",
    here: "AWS.SimpleQueueService.InvalidParameterValue",
    see: async () => refusal(receive(client, await makeQueue(client, "prefix"), { MaxNumberOfMessages: 11 })),
  },
  "permissions, message moves and the sources of a dead-letter queue": {
    aws: "API Reference: AddPermission, StartMessageMoveTask, ListDeadLetterSourceQueues, …",
    here: "InvalidAction",
    async see() {
      const QueueUrl = await makeQueue(client, "sources");
      return refusalCode(client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl })));
    },
  },
};

describe("fauxqs and AWS differ in", () => {
  it.each(Object.entries(differs))("%s", async (_rule, { here, see }) => {
    expect(await see()).toBe(here);
  });
});
