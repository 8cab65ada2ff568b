import {
  CreateQueueCommand,
  type MessageAttributeValue,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";
import { localCredentials } from "../credentials.ts";
import type { CloudClock, Running } from "../services.ts";
import type { Queue } from "../template/stack.ts";

/** How many messages a queue holds. */
export interface QueueDepth {
  readonly name: string;
  /** Ready to be received. */
  readonly visible: number;
  /** Received, and neither deleted nor visible again. */
  readonly inFlight: number;
  readonly delayed: number;
}

/** A message as it lies in a queue. */
export interface QueuedMessage {
  readonly messageId: string;
  readonly body: string;
  readonly receiveCount: number;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Sqs extends Running {
  /** `http://127.0.0.1:<port>`; known before there are queues, because templates hold queue URLs. */
  readonly endpoint: string;
  /** A client of the wire API; stopped with the service. */
  readonly client: SQSClient;
  createQueues(queues: readonly Queue[], clock: CloudClock): Promise<void>;
  /** Sends over the wire API, so that SQS's own checks apply. A plain text becomes an attribute of type String. */
  send(
    queueUrl: string,
    body: string,
    attributes?: Readonly<Record<string, string | MessageAttributeValue>>,
    order?: { readonly groupId?: string; readonly deduplicationId?: string },
  ): Promise<void>;
  /** Every queue, at one moment. */
  depths(): Promise<readonly QueueDepth[]>;
  /** All messages of a queue, whatever their state; nothing is received. Rejects for an unknown queue. */
  inspect(queueName: string): Promise<readonly QueuedMessage[]>;
}

/**
 * SQS on loopback: fauxqs in this process, which serves the AWS JSON protocol, long polling, visibility timeouts,
 * FIFO and redrive. Messages live in memory; retention is not enforced, as no run lasts a minute of it.
 *
 * Where it can mislead: a receive gives one message of a FIFO group, AWS gives as many as it can; message attributes
 * come even when a receiver does not ask for them; AWSTraceHeader, and the group of a message in a standard queue,
 * are lost; a body with an emoji is refused; delays over 900 seconds, more than 10 attributes, empty or mistyped ones,
 * and dead-letter queues that do not exist are accepted. `differences.conformance.test.ts` has the whole list.
 */
export async function startSqs(options: { readonly region: string }): Promise<Sqs> {
  const app = buildApp({ logger: false, defaultRegion: options.region });
  app.addHook("preSerialization", async (request: Asked, _reply: unknown, answer: unknown) =>
    withReachableQueueUrls(answer, request.headers.host),
  );
  // fauxqs's own start function would listen on all interfaces.
  const endpoint = await app.listen({ host: "127.0.0.1", port: 0 });
  const client = new SQSClient({
    endpoint,
    region: options.region,
    credentials: localCredentials,
    // Every poller of every mapping holds a connection for its long poll.
    requestHandler: { httpAgent: { maxSockets: 1_000 } },
  });

  async function read(path: string): Promise<unknown> {
    const response = await app.inject({ method: "GET", url: path });
    if (response.statusCode !== 200) throw new Error(`SQS answered ${response.statusCode} to ${path}`);
    return response.json();
  }

  return {
    endpoint,
    client,
    async createQueues(queues, clock) {
      // Dead-letter queues first: a redrive policy names one that exists.
      const sources = queues.filter((queue) => queue.redrive !== undefined);
      const others = queues.filter((queue) => queue.redrive === undefined);
      for (const queue of [...others, ...sources]) {
        await client.send(
          new CreateQueueCommand({ QueueName: queue.name, Attributes: queueAttributes(queue, clock.speed) }),
        );
      }
    },
    async send(queueUrl, body, attributes = {}, order = {}) {
      const values = Object.entries(attributes).map(([name, value]): [string, MessageAttributeValue] => [
        name,
        typeof value === "string" ? { DataType: "String", StringValue: value } : value,
      ]);
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: body,
          ...(values.length === 0 ? {} : { MessageAttributes: Object.fromEntries(values) }),
          ...(order.groupId === undefined ? {} : { MessageGroupId: order.groupId }),
          ...(order.deduplicationId === undefined ? {} : { MessageDeduplicationId: order.deduplicationId }),
        }),
      );
    },
    async depths() {
      // The shape of fauxqs's inspection page, at the version that package.json pins.
      const queues = (await read("/_fauxqs/queues")) as {
        name: string;
        approximateMessageCount: number;
        approximateInflightCount: number;
        approximateDelayedCount: number;
      }[];
      return queues.map((queue) => ({
        name: queue.name,
        visible: queue.approximateMessageCount,
        inFlight: queue.approximateInflightCount,
        delayed: queue.approximateDelayedCount,
      }));
    },
    async inspect(queueName) {
      type Stored = Parameters<typeof queuedMessage>[0];
      const { messages } = (await read(`/_fauxqs/queues/${encodeURIComponent(queueName)}`)) as {
        messages: { ready: Stored[]; delayed: Stored[]; inflight: { message: Stored }[] };
      };
      const inFlight = messages.inflight.map(({ message }) => message);
      return [...messages.ready, ...messages.delayed, ...inFlight].map(queuedMessage);
    },
    async stop() {
      client.destroy();
      await app.close();
    },
  };
}

type Asked = { readonly headers: { readonly host?: string | undefined } };

/**
 * An answer whose queue URLs begin with the host that the caller reached us by. fauxqs writes
 * `sqs.<region>.localhost`, which not every machine resolves, and SDKs send to the host of the queue's URL.
 */
function withReachableQueueUrls(answer: unknown, host: string | undefined): unknown {
  if (typeof answer !== "object" || answer === null || host === undefined) return answer;
  const reachable = (url: unknown): unknown =>
    typeof url === "string" ? `http://${host}${new URL(url).pathname}` : url;
  if ("QueueUrl" in answer) return { ...answer, QueueUrl: reachable(answer.QueueUrl) };
  if ("QueueUrls" in answer && Array.isArray(answer.QueueUrls)) {
    return { ...answer, QueueUrls: answer.QueueUrls.map(reachable) };
  }
  return answer;
}

function queuedMessage(stored: {
  messageId: string;
  body: string;
  approximateReceiveCount: number;
  messageAttributes: Record<string, { StringValue?: string }>;
}): QueuedMessage {
  return {
    messageId: stored.messageId,
    body: stored.body,
    receiveCount: stored.approximateReceiveCount,
    attributes: Object.fromEntries(
      Object.entries(stored.messageAttributes).map(([name, value]) => [name, value.StringValue ?? ""]),
    ),
  };
}

/** SQS's attributes of a queue whose waits pass `speed` times as fast; whole seconds, and none becomes zero. */
export function queueAttributes(queue: Queue, speed: number): Record<string, string> {
  const shortened = (seconds: number): string => String(Math.ceil(seconds / speed));
  return {
    VisibilityTimeout: shortened(queue.visibilityTimeoutSeconds),
    DelaySeconds: shortened(queue.delaySeconds),
    MessageRetentionPeriod: String(queue.retentionSeconds),
    MaximumMessageSize: String(queue.maximumMessageBytes),
    ReceiveMessageWaitTimeSeconds: String(queue.receiveWaitSeconds),
    ...(queue.fifo
      ? { FifoQueue: "true", ContentBasedDeduplication: String(queue.contentBasedDeduplication) }
      : {}),
    ...(queue.redrive === undefined
      ? {}
      : {
          RedrivePolicy: JSON.stringify({
            deadLetterTargetArn: queue.redrive.deadLetterArn,
            maxReceiveCount: queue.redrive.maxReceiveCount,
          }),
        }),
  };
}
