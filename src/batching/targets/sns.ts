import type { AwsTransport } from "../../aws/transport.ts";
import { checkNumber } from "../../core/errors.ts";
import { checkRequiredOptions } from "../../core/options.ts";
import type { BulkTarget } from "../sender/bulk-target.ts";
import { checkFunction, checkName, checkTransport } from "./checks.ts";
import { attributesBytes, type OutgoingAttributes } from "./message-attributes.ts";
import { identified } from "./message-id.ts";
import { outcomesById } from "./outcomes.ts";
import { isNamed, sendApart } from "./send-apart.ts";

export type { AwsTransport } from "../../aws/transport.ts";
export type { OutgoingAttribute, OutgoingAttributes } from "./message-attributes.ts";

/** An entry of PublishBatch as the AWS client takes it, without `Id`, which says its place in the request. */
export interface SnsMessage {
  readonly Message: string;
  readonly Subject?: string;
  readonly MessageStructure?: string;
  readonly MessageAttributes?: OutgoingAttributes;
  /** Of a FIFO topic: whose order it keeps. */
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
}

export interface SnsTargetOptions {
  /** `clientTransport(new SNSClient({}), { PublishBatch: PublishBatchCommand })` of `holdfast/aws/client`. */
  readonly transport: AwsTransport;
  readonly topicArn: string;
  /**
   * An id that says which message it is, the same whenever it is sent: in a FIFO topic its MessageDeduplicationId, in
   * another the message attribute `idempotency-key`. Default: none but the message's own.
   */
  readonly id?: (message: SnsMessage) => string;
  /** Bytes of a message and of all of a request: the topic's MaximumMessageSize, up to 1,048,576. Default: 262,144. */
  readonly maxBytes?: number;
}

/** Source: Amazon SNS API Reference, "PublishBatch": 10 messages; 256 KiB unless the topic's MaximumMessageSize says more. */
const MAX_MESSAGES = 10;
const DEFAULT_MAX_BYTES = 262_144;
const MOST_BYTES = 1_048_576;

/** What refuses a whole request, and may be about one message. Source: Amazon SNS API Reference, "PublishBatch". */
const REFUSALS: ReadonlySet<string> = new Set([
  "InvalidParameterException",
  "InvalidParameterValueException",
  "ValidationException",
  "BatchRequestTooLongException",
]);

/**
 * SNS's PublishBatch as a bulk sender's target, for standard and FIFO topics.
 *
 * In a FIFO topic the messages of a group go one after the other. At least once: a message whose answer was lost is
 * published again. A FIFO topic takes the repeat for what it is within five minutes; elsewhere, and later, the consumer must
 * know it, by `id` say.
 *
 * @example
 * ```ts
 * const topic = snsTarget({ transport, topicArn });
 * await bulkSender(topic).send([{ Message: JSON.stringify(order) }], call);
 * ```
 */
export function snsTarget(options: SnsTargetOptions): BulkTarget<SnsMessage> {
  checkRequiredOptions("snsTarget", options, ["transport", "topicArn", "id", "maxBytes"]);
  const { transport, topicArn, id, maxBytes = DEFAULT_MAX_BYTES } = options;
  checkTransport("snsTarget", transport, "clientTransport(client, { PublishBatch: PublishBatchCommand })");
  checkName("snsTarget", "topicArn", topicArn);
  checkFunction("snsTarget", "id", id);
  checkNumber("snsTarget", "maxBytes", maxBytes, { min: 1, max: MOST_BYTES, integer: true });
  const isFifo = topicArn.endsWith(".fifo");
  const name = `SNS topic ${topicArn.slice(topicArn.lastIndexOf(":") + 1)}`;
  const marked = (message: SnsMessage): SnsMessage => identified(message, isFifo, id);

  return {
    name,
    maxEntries: MAX_MESSAGES,
    maxBytes,
    sizeOf(message) {
      // SNS does not say that a subject counts; a few bytes too many cost less than a request that is refused.
      const { Message, Subject = "", MessageAttributes } = marked(message);
      return Buffer.byteLength(Message) + Buffer.byteLength(Subject) + attributesBytes(MessageAttributes);
    },
    orderKey: (message) => (isFifo ? message.MessageGroupId : undefined),
    send(messages, call) {
      return sendApart(
        messages,
        async (some) => {
          const entries = some.map((message, index) => ({ ...marked(message), Id: String(index) }));
          const input = { TopicArn: topicArn, PublishBatchRequestEntries: entries };
          return outcomesById(name, some.length, await transport.call("PublishBatch", input, call));
        },
        (error) => isNamed(error, REFUSALS),
      );
    },
  };
}
