/** Source: SQS API Reference, 'DeleteMessage', 'ChangeMessageVisibility' and their batches. */
import type { JsonBody, JsonOperation } from "../../process/json-protocol.ts";
import { RequestError } from "../../process/request-error.ts";
import { realMs } from "../queue/cloud-time.ts";
import { hide, remove, show } from "../queue/contents.ts";
import type { Message } from "../queue/message.ts";
import type { Queue } from "../queue/queue.ts";
import { readHandle } from "../queue/receipt-handle.ts";
import { settled } from "../queue/settled.ts";
import { optionalInteger, requiredText } from "../request-body.ts";
import { invalidParameter, invalidValue, missing } from "../sqs-error.ts";
import { eachEntry, readEntries } from "./batch.ts";
import type { Context } from "./context.ts";

/** A message can be in flight for twelve hours after a receive. */
const MAX_VISIBILITY_SECONDS = 43_200;

export function receiptOperations(context: Context): Readonly<Record<string, JsonOperation>> {
  const { queues, dispatch, clock } = context;

  /** The message of a handle, unless it is gone, and whether the handle is the latest. */
  function held(queue: Queue, handle: string): { readonly message?: Message; readonly latest: boolean } {
    const receipt = readHandle(handle);
    if (receipt?.queueKey !== queue.key) {
      throw new RequestError(
        "ReceiptHandleIsInvalid",
        `The input receipt handle "${handle}" is not a valid receipt handle.`,
      );
    }
    const message = settled(queue, clock).byId.get(receipt.messageId);
    return message === undefined
      ? { latest: false }
      : { message, latest: message.receivedHere === receipt.receipt };
  }

  function deleteOne(queue: Queue, body: JsonBody): object {
    const handle = requiredText(body, "ReceiptHandle");
    const { message, latest } = held(queue, handle);
    // Deleting twice is no error.
    if (message === undefined) return {};
    const { fifo } = queue.settings;
    if (fifo && !(latest && message.state === "in-flight")) {
      throw invalidValue("ReceiptHandle", handle, "The receipt handle has expired.");
    }
    // A standard queue takes an old handle and does nothing; the latest one deletes a message that is visible, too.
    if (latest) {
      changed(queue, message);
      remove(queue.contents, message);
    }
    return {};
  }

  function changeOne(queue: Queue, body: JsonBody): object {
    const handle = requiredText(body, "ReceiptHandle");
    const timeout = optionalInteger(body, "VisibilityTimeout", 0, MAX_VISIBILITY_SECONDS);
    if (timeout === undefined) throw missing("VisibilityTimeout");
    const { message, latest } = held(queue, handle);
    if (message === undefined || !latest) {
      const reason = "Message does not exist or is not available for visibility timeout change.";
      throw invalidValue("ReceiptHandle", handle, reason);
    }
    if (message.state !== "in-flight") {
      throw new RequestError("MessageNotInflight", "The specified message isn't in flight.");
    }
    const untilMs = clock.now() + realMs(clock, timeout);
    if (untilMs > (message.lastReceivedAtMs ?? 0) + realMs(clock, MAX_VISIBILITY_SECONDS)) {
      throw invalidParameter(
        `Value ${timeout} for parameter VisibilityTimeout is invalid. Reason: Total VisibilityTimeout for the message is beyond the limit [${MAX_VISIBILITY_SECONDS} seconds].`,
      );
    }
    changed(queue, message);
    if (timeout === 0) show(queue.contents, message);
    else hide(queue.contents, message, untilMs);
    return {};
  }

  const single =
    (act: (queue: Queue, body: JsonBody) => object): JsonOperation =>
    (body) => {
      const queue = queues.named(body);
      const answer = act(queue, body);
      dispatch.serve(queue);
      return answer;
    };
  const batch =
    (act: (queue: Queue, body: JsonBody) => object): JsonOperation =>
    (body) => {
      const queue = queues.named(body);
      const answer = eachEntry(readEntries(body), (entry) => act(queue, entry));
      dispatch.serve(queue);
      return answer;
    };
  return {
    DeleteMessage: single(deleteOne),
    DeleteMessageBatch: batch(deleteOne),
    ChangeMessageVisibility: single(changeOne),
    ChangeMessageVisibilityBatch: batch(changeOne),
  };
}

/** The receive that a changed message came by cannot be repeated. */
function changed({ attempts }: Queue, { attemptId }: Message): void {
  if (attemptId !== undefined) attempts.delete(attemptId);
}
