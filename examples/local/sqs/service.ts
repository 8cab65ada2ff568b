import {
  CreateQueueCommand,
  type MessageAttributeValue,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { localCredentials } from "../credentials.ts";
import { startHttpServer } from "../process/http-server.ts";
import type { Running } from "../services.ts";
import type { Queue } from "../template/stack.ts";
import { type ApiOptions, makeApi } from "./api.ts";
import { writeRedrivePolicy } from "./attributes/redrive-policy.ts";
import { visibleCount } from "./queue/contents.ts";
import type { Message } from "./queue/message.ts";
import { settled } from "./queue/settled.ts";
import { queueAttributes } from "./queue-attributes.ts";

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
  createQueues(queues: readonly Queue[]): Promise<void>;
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
 * Starts SQS's API (AWS JSON 1.0) on a free loopback port. Messages are in memory.
 *
 * What differs from AWS: a receive misses nothing that is there, queues change at once, and standard queues keep their
 * order and deliver once, unless groups are noisy. FIFO queues find all their groups, however many messages there are.
 * Entries of a batch fail one by one, also where AWS may refuse the whole batch. Nothing is encrypted, throttled or
 * refused by a policy. The query protocol is not served.
 */
export async function startSqs(options: ApiOptions): Promise<Sqs> {
  const { clock } = options;
  const { queues, tasks, listener } = makeApi(options);
  const server = await startHttpServer(listener);
  const endpoint = `http://127.0.0.1:${server.port}`;
  const client = new SQSClient({
    endpoint,
    region: options.region,
    credentials: localCredentials,
    // Every poller of every mapping holds a connection for its long poll.
    requestHandler: { httpAgent: { maxSockets: 1_000 } },
  });

  return {
    endpoint,
    client,
    async createQueues(all) {
      for (const queue of all) {
        await client.send(
          new CreateQueueCommand({ QueueName: queue.name, Attributes: { ...queueAttributes(queue) } }),
        );
      }
      // A redrive policy names a queue that exists.
      for (const { url, redrive } of all) {
        if (redrive === undefined) continue;
        const Attributes = { RedrivePolicy: writeRedrivePolicy(redrive) };
        await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));
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
      return queues.all().map((queue) => {
        const contents = settled(queue, clock);
        const { inFlight, delayed } = contents;
        return {
          name: queue.name,
          visible: visibleCount(contents),
          inFlight: inFlight.size,
          delayed: delayed.size,
        };
      });
    },
    async inspect(queueName) {
      const queue = queues.find(queueName);
      if (queue === undefined) throw new Error(`there is no queue ${queueName}`);
      return [...settled(queue, clock).byId.values()].map(queuedMessage);
    },
    async stop() {
      client.destroy();
      tasks.stop();
      for (const { waiters } of queues.all()) {
        for (const waiter of waiters) waiter.give([]);
      }
      await server.stop();
    },
  };
}

function queuedMessage({ id, body, receiveCount, attributes }: Message): QueuedMessage {
  return {
    messageId: id,
    body,
    receiveCount,
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, { StringValue = "" }]) => [name, StringValue]),
    ),
  };
}
