import { type Call, timeout, wrap } from "holdfast";
import type { AwsTransport } from "holdfast/aws/client";
import type { PoisonedRecord, SqsRecord } from "holdfast/batching";

/** With the names of the attributes less than the kibibyte by which a message of the chunks' queue is smaller than what SQS takes. */
const LONGEST_REASON = 400;

/**
 * Puts a message where people look, as it came, with why, and after how many receives. SQS would do it later, and without a reason; to be
 * redriven it needs nothing but its body.
 */
export function deadLetters(transport: AwsTransport, queueUrl: string) {
  return wrap(
    async ({ record, reason, attempts }: PoisonedRecord<SqsRecord>, call: Call): Promise<void> => {
      const letter = {
        QueueUrl: queueUrl,
        MessageBody: record.body,
        MessageAttributes: {
          ReasonCode: text(reason.code ?? reason.name),
          Reason: text(reason.message),
          Receives: { DataType: "Number", StringValue: String(attempts) },
          MessageId: text(record.messageId),
        },
      };
      await transport.call("SendMessage", letter, call);
    },
    timeout({ ms: 2_000 }),
  );
}

/** SQS takes no empty text, and no control characters. */
function text(value: string) {
  const clean = value.replace(/[^\x20-\x7e]/g, "?").slice(0, LONGEST_REASON);
  return { DataType: "String", StringValue: clean === "" ? "none" : clean };
}
