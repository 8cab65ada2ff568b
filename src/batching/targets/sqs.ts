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

/** An entry of SendMessageBatch as the AWS client takes it, without `Id`, which says its place in the request. */
export interface SqsMessage {
  readonly MessageBody: string;
  readonly MessageAttributes?: OutgoingAttributes;
  /** Of a FIFO queue: whose order it keeps. Of another: whose share of the consumers it takes. */
  readonly MessageGroupId?: string;
  readonly MessageDeduplicationId?: string;
  readonly DelaySeconds?: number;
  /** `AWSTraceHeader`, which does not count as size. */
  readonly MessageSystemAttributes?: OutgoingAttributes;
}

export interface SqsTargetOptions {
  /** `sqsTransport(new SQSClient({}))` of `holdfast/aws/sqs`. */
  readonly transport: AwsTransport;
  readonly queueUrl: string;
  /**
   * An id that says which message it is, the same whenever it is sent: in a FIFO queue its MessageDeduplicationId, in
   * another the message attribute `idempotency-key`. Default: none but the message's own.
   */
  readonly id?: (message: SqsMessage) => string;
  /** Bytes of one message, when the queue's MaximumMessageSize is lower than the default: 1,048,576. */
  readonly maxMessageBytes?: number;
}

/** Source: Amazon SQS API Reference, "SendMessageBatch": 10 messages, 1 MiB, for each and for all of a batch. */
const MAX_MESSAGES = 10;
const MAX_BYTES = 1_048_576;

/** What refuses a whole request, and may be about one message. Source: Amazon SQS API Reference, "Common errors". */
const REFUSALS: ReadonlySet<string> = new Set([
  "InvalidMessageContents",
  "InvalidParameterValue",
  "InvalidParameterCombination",
  "MissingParameter",
  "BatchRequestTooLong",
]);

/**
 * SQS's SendMessageBatch as a bulk sender's target, for standard and FIFO queues.
 *
 * In a FIFO queue the messages of a group go one after the other: a batch can fail in part, and then a later one would be
 * before an earlier one. At least once: a message whose answer was lost is sent again. A FIFO queue takes the repeat for
 * what it is within five minutes; elsewhere, and later, the consumer must know it, by `id` say.
 *
 * @example
 * ```ts
 * const queue = sqsTarget({ transport, queueUrl, id: (message) => message.MessageBody });
 * await bulkSender(queue).send([{ MessageBody: JSON.stringify(order) }], call);
 * ```
 */
export function sqsTarget(options: SqsTargetOptions): BulkTarget<SqsMessage> {
  checkRequiredOptions("sqsTarget", options, ["transport", "queueUrl", "id", "maxMessageBytes"]);
  const { transport, queueUrl, id, maxMessageBytes = MAX_BYTES } = options;
  checkTransport("sqsTarget", transport, "sqsTransport(client) of holdfast/aws/sqs");
  checkName("sqsTarget", "queueUrl", queueUrl);
  checkFunction("sqsTarget", "id", id);
  checkNumber("sqsTarget", "maxMessageBytes", maxMessageBytes, { min: 1, max: MAX_BYTES, integer: true });
  const isFifo = queueUrl.endsWith(".fifo");
  const name = `SQS queue ${queueUrl.slice(queueUrl.lastIndexOf("/") + 1)}`;
  const marked = (message: SqsMessage): SqsMessage => identified(message, isFifo, id);

  return {
    name,
    maxEntries: MAX_MESSAGES,
    maxBytes: MAX_BYTES,
    maxEntryBytes: maxMessageBytes,
    sizeOf(message) {
      const { MessageBody, MessageAttributes } = marked(message);
      return Buffer.byteLength(MessageBody) + attributesBytes(MessageAttributes);
    },
    orderKey: (message) => (isFifo ? message.MessageGroupId : undefined),
    send(messages, call) {
      return sendApart(
        messages,
        async (some) => {
          const Entries = some.map((message, index) => ({ ...marked(message), Id: String(index) }));
          const answer = await transport.call("SendMessageBatch", { QueueUrl: queueUrl, Entries }, call);
          return outcomesById(name, some.length, answer);
        },
        (error) => isNamed(error, REFUSALS),
      );
    },
  };
}
