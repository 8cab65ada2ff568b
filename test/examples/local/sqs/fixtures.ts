import {
  CreateQueueCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { Queue } from "../../../../examples/local/template/stack.ts";
import { refusal } from "../differences.ts";
import { accountId, place, region } from "../lambda/fixtures.ts";

export function queueArn(name: string): string {
  return `arn:aws:sqs:${region}:${accountId}:${name}`;
}

/** A queue as the template loader describes it, with AWS's defaults. */
export function queueNamed(name: string, endpoint: string, over: Partial<Queue> = {}): Queue {
  return {
    logicalId: name,
    name,
    arn: queueArn(name),
    url: `${endpoint}/${accountId}/${name}`,
    place,
    fifo: name.endsWith(".fifo"),
    contentBasedDeduplication: false,
    visibilityTimeoutSeconds: 30,
    retentionSeconds: 345_600,
    delaySeconds: 0,
    maximumMessageBytes: 1_048_576,
    receiveWaitSeconds: 0,
    ...over,
  };
}

/** Makes a queue over the wire API, and gives its URL as SQS answered it. */
export async function makeQueue(
  client: SQSClient,
  name: string,
  attributes: Readonly<Record<string, string>> = {},
): Promise<string> {
  const fifo = name.endsWith(".fifo") ? { FifoQueue: "true" } : {};
  const { QueueUrl } = await client.send(
    new CreateQueueCommand({ QueueName: name, Attributes: { ...fifo, ...attributes } }),
  );
  if (QueueUrl === undefined) throw new Error(`${name} has no URL`);
  return QueueUrl;
}

/** What one receive gives, with every attribute. */
export async function receive(
  client: SQSClient,
  queueUrl: string,
  over: Partial<ReceiveMessageCommandInput> = {},
): Promise<readonly Message[]> {
  const { Messages } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
      ...over,
    }),
  );
  return Messages ?? [];
}

/** The only message of one receive. */
export async function receiveOne(
  client: SQSClient,
  queueUrl: string,
  over: Partial<ReceiveMessageCommandInput> = {},
): Promise<Message> {
  const [message, ...others] = await receive(client, queueUrl, over);
  if (message === undefined || others.length > 0) throw new Error("not exactly one message");
  return message;
}

/** SQS's code of the error that a request is refused with, or "accepted"; `differences.conformance.test.ts` speaks of the prefix. */
export async function refusalCode(request: Promise<unknown>): Promise<string> {
  return (await refusal(request)).replace("AWS.SimpleQueueService.", "");
}
