import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { type Call, timeout, wrap } from "holdfast";
import type { PoisonedRecord } from "holdfast/batching";

/** A message has 1 MiB. What is longer stays in its stream, and the letter says where that is. */
const LONGEST_PAYLOAD = 1_000_000;

/**
 * Puts a record that can never be worked on into a queue: its body as it came (of a stream in base64), and in attributes the reason, and where it
 * stood. A process that dies after the sending sends it again; two letters of one record are no harm.
 */
export function setAsideIn(sqs: SQSClient, queueUrl: string) {
  return wrap(
    async ({ payload, source, identifier, reason }: PoisonedRecord, { signal }: Call): Promise<void> => {
      const text = (StringValue: string) => ({ DataType: "String", StringValue });
      const isKept = payload !== "" && payload.length <= LONGEST_PAYLOAD;
      const letter = new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: isKept ? payload : `(${payload.length} characters)`,
        MessageAttributes: {
          ReasonCode: text(reason.code ?? reason.name),
          Reason: text(reason.message || "It says nothing."),
          Source: text(source),
          Identifier: text(identifier),
        },
      });
      await sqs.send(letter, { abortSignal: signal });
    },
    timeout({ ms: 2_000 }),
  );
}
