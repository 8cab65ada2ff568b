import {
  CreateQueueCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { ApiOptions } from "../../../../examples/local/sqs/api.ts";
import { type Sqs, startSqs } from "../../../../examples/local/sqs/service.ts";
import type { Queue } from "../../../../examples/local/template/stack.ts";
import { refusal } from "../differences.ts";
import { type ManualClock, manualClock } from "../eventbridge/manual-clock.ts";
import { accountId, place, region } from "../lambda/fixtures.ts";

export interface SetUp {
  readonly sqs: Sqs;
  readonly client: SQSClient;
  /** Stands still until it is moved. */
  readonly clock: ManualClock;
}

/** An SQS of its own; the caller stops it. */
export async function setUp(options: Partial<ApiOptions> = {}, speed = 1): Promise<SetUp> {
  const clock = manualClock(speed);
  const sqs = await startSqs({ region, accountId, clock, ...options });
  return { sqs, client: sqs.client, clock };
}

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

/** The name of the error that a request is refused with, as the client tells it, or "accepted". */
export const refusalCode = refusal;

export const bodies = (messages: readonly Message[]): readonly (string | undefined)[] =>
  messages.map(({ Body }) => Body);
