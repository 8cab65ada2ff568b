import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { timeout, wrap } from "holdfast";
import type { RecordCall, SqsRecord } from "holdfast/batching";

/** Where messages go that nobody can do with now. */
export interface Aside {
  /** Puts a message aside as it came. If its reply is lost the message comes twice. */
  put(skipped: unknown, call: RecordCall<SqsRecord>): Promise<void>;
  /** What the line of a message says that was put aside. */
  fields(record: unknown): { readonly skipped?: true };
}

/** A queue whose delay is the wait until they are tried again, by the same function. */
export function asideIn(sqs: SQSClient, queueUrl: string): Aside {
  const skipped = new WeakSet<object>();
  const send = wrap(
    async (MessageBody: string, { signal }) => {
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }), { abortSignal: signal });
    },
    timeout({ ms: 1_000 }),
  );
  return {
    async put(_, call) {
      await send(call.record.body, call);
      skipped.add(call.record);
    },
    fields: (record) => (skipped.has(Object(record)) ? { skipped: true } : {}),
  };
}
