import { itemBytes, MAX_ITEM_BYTES } from "../../../../aws/dynamodb-item.ts";
import type { PreparedAppend } from "../../appending.ts";
import { EventAppendTooLargeError } from "../../errors.ts";
import { itemOf } from "./item.ts";

/** Source: Amazon DynamoDB API Reference, "TransactWriteItems". */
const MAX_ACTIONS = 100;
const MAX_BYTES = 4 * 1024 * 1024;

/** Refuses what DynamoDB would refuse whole, and says which event is to blame. */
export function checkAppend({ events, expectedVersion }: PreparedAppend): void {
  const most = expectedVersion === 0 ? MAX_ACTIONS : MAX_ACTIONS - 1;
  if (events.length > most) {
    throw new EventAppendTooLargeError(
      `${events.length} events are too many for one append: DynamoDB takes ${MAX_ACTIONS} writes a transaction, of which the check ` +
        "of the version before is one.",
    );
  }
  let bytes = 0;
  for (const [index, event] of events.entries()) {
    const itself = itemBytes(itemOf(event));
    if (itself > MAX_ITEM_BYTES) {
      throw new EventAppendTooLargeError(
        `Event ${index + 1} of the append has ${itself} bytes, and DynamoDB takes ${MAX_ITEM_BYTES} an item. ` +
          "Keep what is large in an object store, and its key in the event.",
      );
    }
    bytes += itself;
  }
  if (bytes > MAX_BYTES) {
    throw new EventAppendTooLargeError(
      `The ${events.length} events have ${bytes} bytes together, and DynamoDB takes ${MAX_BYTES} a transaction.`,
    );
  }
}
