import type { DynamoDBItem } from "../../../../aws/dynamodb-item.ts";
import { InvalidOptionError } from "../../../../core/errors.ts";
import { keyOf, STREAM, VERSION } from "./item.ts";

/** Where a scan goes on, as a text that can be kept: the key of the last event that it gave. */
export function writeCursor(key: DynamoDBItem): string {
  return `${key[VERSION]?.N}@${key[STREAM]?.S}`;
}

export function readCursor(cursor: string): DynamoDBItem {
  const [, version, stream] = /^(\d{1,16})@(.+)$/s.exec(cursor) ?? [];
  if (version === undefined || stream === undefined) {
    throw new InvalidOptionError("eventStore.scan", "cursor must be one that a page of this store had");
  }
  return keyOf(stream, Number(version));
}
