import { SNSClient } from "@aws-sdk/client-sns";
import { afterEach } from "vitest";
import { compilePattern } from "../../../../examples/local/eventbridge/pattern.ts";
import type { CloudFact, Deliver } from "../../../../examples/local/services.ts";
import type { QueueMessage } from "../../../../examples/local/sns/notification.ts";
import { type Sns, startSns } from "../../../../examples/local/sns/server.ts";
import type { SendToQueue } from "../../../../examples/local/sns/topics.ts";
import type { Subscription, Topic } from "../../../../examples/local/template/stack.ts";
import { type ManualClock, manualClock } from "../eventbridge/manual-clock.ts";

export const place = { file: "template.yaml", line: 7, path: "Resources.X" };
const prefix = "arn:aws:sns:eu-west-1:123456789012:";

export function topicNamed(name: string, change: Partial<Topic> = {}): Topic {
  return {
    logicalId: "Topic",
    name,
    arn: prefix + name,
    place,
    fifo: name.endsWith(".fifo"),
    contentBasedDeduplication: false,
    ...change,
  };
}

export const orders = topicNamed("orders");
export const ordersFifo = topicNamed("orders.fifo");
export const queueArn = (name: string): string => `arn:aws:sqs:eu-west-1:123456789012:${name}`;
export const functionArn = (name: string): string => `arn:aws:lambda:eu-west-1:123456789012:function:${name}`;

/** A queue behind `orders`, unless the change says otherwise. */
export function subscriptionNamed(name: string, change: Partial<Subscription> = {}): Subscription {
  const topicArn = change.topicArn ?? orders.arn;
  return {
    logicalId: name,
    arn: `${topicArn}:${name}`,
    topicArn,
    protocol: "sqs",
    endpointArn: queueArn(name),
    rawMessageDelivery: false,
    filterPolicyScope: "MessageAttributes",
    place,
    ...change,
  };
}

export interface SetUp {
  readonly sns: Sns;
  readonly client: SNSClient;
  readonly clock: ManualClock;
  readonly facts: CloudFact[];
  /** What queues were sent, as `queue name` and message. */
  readonly sent: (readonly [queue: string, message: QueueMessage])[];
  /** What functions were invoked with. */
  readonly invoked: (readonly [functionName: string, event: unknown])[];
}

const running: SetUp[] = [];
afterEach(async () => {
  for (const { sns, client } of running.splice(0)) {
    client.destroy();
    await sns.stop();
  }
});

export async function setUp(
  options: {
    readonly topics?: readonly Topic[];
    readonly subscriptions?: readonly Subscription[];
    /** Called before a queue or function takes a message; what it throws is the endpoint's answer. */
    readonly before?: (arn: string) => void | Promise<void>;
    readonly speed?: number;
  } = {},
): Promise<SetUp> {
  const clock = manualClock(options.speed);
  const facts: CloudFact[] = [];
  const sent: [string, QueueMessage][] = [];
  const invoked: [string, unknown][] = [];
  const nameOf = (arn: string): string => arn.split(":").at(-1) ?? "";
  const sendToQueue: SendToQueue = async (arn, message) => {
    await options.before?.(arn);
    sent.push([nameOf(arn), message]);
  };
  const deliver: Deliver = async (arn, payload) => {
    await options.before?.(arn);
    invoked.push([nameOf(arn), JSON.parse(payload)]);
  };
  const sns = await startSns({
    topics: options.topics ?? [orders, ordersFifo],
    subscriptions: options.subscriptions ?? [subscriptionNamed("q")],
    sendToQueue,
    deliver,
    compilePattern,
    clock,
    observe: (fact) => facts.push(fact),
  });
  const client = new SNSClient({
    endpoint: sns.endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
    maxAttempts: 1,
  });
  const made = { sns, client, clock, facts, sent, invoked };
  running.push(made);
  return made;
}

/** An error as a service's client or ours throws it. */
export function failure(fields: Readonly<Record<string, unknown>>): Error {
  return Object.assign(new Error("refused"), fields);
}

/** Lets deliveries that wait for nothing arrive. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
