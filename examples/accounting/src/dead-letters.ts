import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { timeout, wrap } from "holdfast";
import type { RecordCall, SqsRecord } from "holdfast/batching";
import type { Refusal } from "./refusals.ts";

/** Puts a message into the dead letter queue by ourselves: SQS would do it after three receives, and without a reason. */
export function deadLetters(sqs: SQSClient, queueUrl: string) {
  return wrap(
    async ({ code, reason }: Refusal, { record, signal }: RecordCall<SqsRecord>): Promise<void> => {
      const text = (StringValue: string) => ({ DataType: "String", StringValue });
      const letter = new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: record.body,
        MessageAttributes: {
          ReasonCode: text(code),
          Reason: text(reason),
          MessageId: text(record.messageId),
        },
      });
      await sqs.send(letter, { abortSignal: signal });
    },
    timeout({ ms: 2_000 }),
  );
}
