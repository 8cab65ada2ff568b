import { contentId } from "../content-id.ts";
import { entryInvalid } from "./entry-refused.ts";
import type { OutgoingAttributes } from "./message-attributes.ts";

/** What a message of SQS or SNS has that says which it is. */
export interface Identified {
  readonly MessageAttributes?: OutgoingAttributes;
  readonly MessageDeduplicationId?: string;
}

/** The attribute that carries a message's id where the service does not know repeats. */
export const ID_ATTRIBUTE = "idempotency-key";

/** What a deduplication id may be. Source: API references, "SendMessageBatchRequestEntry", "PublishBatchRequestEntry". */
const DEDUPLICATION_ID = /^[\x21-\x7e]{1,128}$/;

/**
 * Marks a message with the id that its sender knows it by: FIFO as its deduplication id, unless it has one; otherwise as an
 * attribute, which a consumer can go by. What no deduplication id may be is hashed.
 *
 * @throws HoldfastError `ENTRY_INVALID` without an id: all such messages would be one, and a FIFO queue would drop all but the first.
 */
export function identified<M extends Identified>(
  message: M,
  isFifo: boolean,
  idOf: ((message: M) => string) | undefined,
): M {
  if (idOf === undefined || (isFifo && message.MessageDeduplicationId !== undefined)) return message;
  const given: unknown = idOf(message);
  if (typeof given !== "string" || given === "") {
    throw entryInvalid("id gave no text for this message, so nothing would tell it from others.");
  }
  const id = DEDUPLICATION_ID.test(given) ? given : contentId(given);
  if (isFifo) return { ...message, MessageDeduplicationId: id };
  const attribute = { DataType: "String", StringValue: id };
  return { ...message, MessageAttributes: { ...message.MessageAttributes, [ID_ATTRIBUTE]: attribute } };
}
