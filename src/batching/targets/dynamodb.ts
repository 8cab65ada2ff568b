import {
  type DynamoDBItem,
  itemBytes,
  jsonBytes,
  keyText,
  MAX_ITEM_BYTES,
  mostBytes,
} from "../../aws/dynamodb-item.ts";
import type { AwsTransport } from "../../aws/transport.ts";
import type { Call } from "../../core/call.ts";
import { HoldfastError, InvalidOptionError } from "../../core/errors.ts";
import { checkRequiredOptions } from "../../core/options.ts";
import { EntryTooLargeError } from "../errors.ts";
import type { BulkTarget, EntryOutcome } from "../sender/bulk-target.ts";
import { checkName, checkTransport } from "./checks.ts";
import { entryInvalid } from "./entry-refused.ts";
import { isNamed, sendApart } from "./send-apart.ts";

export type { DynamoDBItem, DynamoDBValue } from "../../aws/dynamodb-item.ts";
export type { AwsTransport } from "../../aws/transport.ts";

export interface DynamoDBBatchWriterOptions {
  /** `dynamoDBTransport(new DynamoDBClient({}))` of `holdfast/aws/dynamodb`. */
  readonly transport: AwsTransport;
  readonly tableName: string;
  /** The table's key attributes: the partition key's name and, where there is one, the sort key's. */
  readonly key: readonly string[];
}

/** Source: Amazon DynamoDB API Reference, "BatchWriteItem". */
const MAX_PUTS = 25;
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
/** `{"PutRequest":{"Item":…}},` */
const PUT_BYTES = 27;
/** What refuses a whole request, and may be about one item. */
const REFUSALS: ReadonlySet<string> = new Set(["ValidationException"]);

/**
 * DynamoDB's BatchWriteItem as a bulk sender's target: puts of whole items, in DynamoDB's own form.
 *
 * A put replaces what is there, so sending an item again writes the same bytes. BatchWriteItem refuses two items of one
 * key in one request, and keeps no order between requests under way together: items of equal key go one after the
 * other. An item that DynamoDB rejects (`ValidationException`) fails alone, not with the others of its request.
 *
 * @example
 * ```ts
 * const orders = bulkSender(dynamoDBBatchWriter({ transport, tableName: "Orders", key: ["orderId"] }));
 * ```
 */
export function dynamoDBBatchWriter(options: DynamoDBBatchWriterOptions): BulkTarget<DynamoDBItem> {
  const { transport, tableName, key } = checked(options);
  const name = `DynamoDB table ${tableName}`;

  async function put(items: readonly DynamoDBItem[], call: Call): Promise<readonly EntryOutcome[]> {
    const puts = items.map((Item) => ({ PutRequest: { Item } }));
    const answer = await transport.call("BatchWriteItem", { RequestItems: { [tableName]: puts } }, call);
    return outcomesOf(items, unprocessedKeys(answer));
  }

  function outcomesOf(items: readonly DynamoDBItem[], unprocessed: ReadonlySet<string>): EntryOutcome[] {
    if (unprocessed.size === 0) return items.map(() => ({ ok: true }));
    const outcomes = items.map((item): EntryOutcome => {
      if (!unprocessed.has(keyText(item, key) ?? "")) return { ok: true };
      return { ok: false, error: leftUnprocessed(name), retryable: true };
    });
    const matched = outcomes.filter((outcome) => !outcome.ok).length;
    if (matched !== unprocessed.size) throw answerUnclear(name);
    return outcomes;
  }

  function unprocessedKeys(answer: Record<string, unknown>): ReadonlySet<string> {
    const keys = new Set<string>();
    for (const put of Object.values(answer["UnprocessedItems"] ?? {}).flat()) {
      const text = keyText(itemOf(put), key);
      if (text === undefined) throw answerUnclear(name);
      keys.add(text);
    }
    return keys;
  }

  return {
    name,
    maxEntries: MAX_PUTS,
    maxBytes: MAX_REQUEST_BYTES,
    sizeOf(item) {
      // Of items that are surely no larger than one may be, 25 always fit: how large they are need not be known.
      const most = mostBytes(item);
      if (most <= MAX_ITEM_BYTES) return PUT_BYTES + most;
      const bytes = itemBytes(item);
      if (bytes > MAX_ITEM_BYTES) throw new EntryTooLargeError(name, bytes, MAX_ITEM_BYTES);
      return PUT_BYTES + jsonBytes(item);
    },
    orderKey(item) {
      const text = keyText(item, key);
      if (text === undefined) throw keyMissing(name, key);
      return text;
    },
    send: (items, call) =>
      sendApart(
        items,
        (some) => put(some, call),
        (error) => isNamed(error, REFUSALS),
      ),
  };
}

function itemOf(put: unknown): DynamoDBItem {
  const { PutRequest } = Object(put) as { readonly PutRequest?: { readonly Item?: DynamoDBItem } };
  return PutRequest?.Item ?? {};
}

function leftUnprocessed(target: string): HoldfastError {
  return new HoldfastError(
    "ENTRY_UNPROCESSED",
    `${target} left this item unprocessed, as it does when it is busy. Send it again later, or give it more capacity.`,
    { retryable: true },
  );
}

function answerUnclear(target: string): HoldfastError {
  return new HoldfastError(
    "BULK_ANSWER_MISMATCH",
    `${target} named unprocessed items that were not in the request, so its answer says nothing of any. Is key the table's key?`,
    { retryable: true },
  );
}

function keyMissing(target: string, key: readonly string[]): HoldfastError {
  return entryInvalid(
    `The item lacks a key attribute of ${target} (${key.join(", ")}), or it is no string, number or binary.`,
  );
}

function checked(options: DynamoDBBatchWriterOptions): DynamoDBBatchWriterOptions {
  checkRequiredOptions("dynamoDBBatchWriter", options, ["transport", "tableName", "key"]);
  const { transport, tableName, key } = options;
  const where = "dynamoDBBatchWriter";
  checkTransport(where, transport, "dynamoDBTransport(client) of holdfast/aws/dynamodb");
  checkName(where, "tableName", tableName);
  if (!Array.isArray(key) || key.length < 1 || key.length > 2) {
    throw new InvalidOptionError(where, "key must list the table's one or two key attributes");
  }
  return options;
}
