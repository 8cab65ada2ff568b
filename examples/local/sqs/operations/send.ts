/** Source: SQS API Reference, 'SendMessage' and 'SendMessageBatch'. */
import type { JsonBody, JsonOperation } from "../../process/json-protocol.ts";
import { RequestError } from "../../process/request-error.ts";
import { readMessage, sizeOf } from "../messages/sent-message.ts";
import { send } from "../queue/arrival.ts";
import type { Queue } from "../queue/queue.ts";
import { eachEntry, readEntries } from "./batch.ts";
import type { Context } from "./context.ts";

const MAX_BATCH_BYTES = 1_048_576;

export function sendOperations({
  queues,
  dispatch,
  clock,
}: Context): Readonly<Record<string, JsonOperation>> {
  function sendOne(queue: Queue, body: JsonBody): object {
    const message = readMessage(body, queue.settings);
    const { id, sequenceNumber } = send(queue, message, clock);
    const { attributes, systemAttributes } = message.md5;
    // A member that is undefined is not in the answer.
    return {
      MessageId: id,
      MD5OfMessageBody: message.bodyMd5,
      MD5OfMessageAttributes: attributes,
      MD5OfMessageSystemAttributes: systemAttributes,
      SequenceNumber: sequenceNumber,
    };
  }
  return {
    SendMessage(body) {
      const queue = queues.named(body);
      const answer = sendOne(queue, body);
      dispatch.serve(queue);
      return answer;
    },
    SendMessageBatch(body) {
      const queue = queues.named(body);
      const entries = readEntries(body);
      const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
      if (bytes > MAX_BATCH_BYTES) {
        throw new RequestError(
          "BatchRequestTooLong",
          `Batch requests cannot be longer than ${MAX_BATCH_BYTES} bytes. You have sent ${bytes} bytes.`,
        );
      }
      const answer = eachEntry(entries, (entry) => sendOne(queue, entry));
      dispatch.serve(queue);
      return answer;
    },
  };
}
