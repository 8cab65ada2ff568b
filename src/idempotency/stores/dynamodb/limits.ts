import { type DynamoDBItem, itemBytes, keyText, MAX_ITEM_BYTES } from "../../../aws/dynamodb-item.ts";
import { InvalidOptionError } from "../../../core/errors.ts";
import type { DynamoDBTransactItem } from "./transaction.ts";

/** "The aggregate size of the items in the transaction." Source: Amazon DynamoDB API Reference, "TransactWriteItems". */
const MAX_BYTES = 4 * 1024 * 1024;

/** What the checks look at in an action. */
interface Action {
  readonly TableName?: unknown;
  readonly Item?: DynamoDBItem;
  readonly Key?: DynamoDBItem;
}

/**
 * Refuses what DynamoDB would refuse whole, and says which item is to blame, before anything is sent.
 *
 * Nothing is refused that DynamoDB might take: of an Update only the key is known to be in the item, of a Delete or a
 * ConditionCheck nothing is counted, and of the record what it keeps of the result. Two actions on one item are known by
 * table and key. What is the key of a Put only the table knows, so a Put is compared where another action names the table.
 */
export function checkLimits(
  items: readonly DynamoDBTransactItem[],
  record: DynamoDBTransactItem | undefined,
  resultBytes: number,
): void {
  checkSizes(items, resultBytes);
  checkTargets(record === undefined ? items : [...items, record], items.length);
}

function actionOf({ Put, Update, Delete, ConditionCheck }: DynamoDBTransactItem): Action {
  return Object(Put ?? Update ?? Delete ?? ConditionCheck);
}

function checkSizes(items: readonly DynamoDBTransactItem[], resultBytes: number): void {
  let bytes = resultBytes;
  for (const [index, item] of items.entries()) {
    const { Item, Key, TableName } = actionOf(item);
    const itself = leniently(() => itemBytes(Object(Item ?? (item.Update === undefined ? {} : Key)))) ?? 0;
    if (itself > MAX_ITEM_BYTES) {
      throw new InvalidOptionError(
        "unit.transact",
        `item ${index + 1}${inTable(TableName)} has ${itself} bytes, and DynamoDB takes ${MAX_ITEM_BYTES} an item. ` +
          "Nothing was sent: keep what is large in an object store, and its key in the item",
      );
    }
    bytes += itself;
  }
  if (bytes > MAX_BYTES) {
    throw new InvalidOptionError(
      "unit.transact",
      `the ${items.length} items and the result have at least ${bytes} bytes, and DynamoDB takes ${MAX_BYTES} ` +
        "a transaction. Nothing was sent: put less into one unit",
    );
  }
}

function checkTargets(items: readonly DynamoDBTransactItem[], own: number): void {
  const actions = items.map(actionOf);
  const keyNames = new Map<unknown, readonly string[]>();
  for (const { TableName, Key } of actions) if (Key) keyNames.set(TableName, Object.keys(Key).sort());
  const seen = new Map<string, number>();
  for (const [index, { TableName, Key, Item }] of actions.entries()) {
    const names = keyNames.get(TableName);
    const key = names && leniently(() => keyText(Object(Key ?? Item), names));
    if (key === undefined) continue;
    const target = JSON.stringify([TableName, key]);
    const before = seen.get(target);
    if (before !== undefined) {
      const other = index === own ? "the unit's own record" : `item ${index + 1}`;
      throw new InvalidOptionError(
        "unit.transact",
        `item ${before + 1} and ${other} are one item${inTable(TableName)}, and DynamoDB takes one action for each. ` +
          "Nothing was sent: make them one action",
      );
    }
    seen.set(target, index);
  }
}

function inTable(name: unknown): string {
  return typeof name === "string" ? ` of table ${name}` : "";
}

/** What has not the form of an item is left to the client, who says what is wrong with it. */
function leniently<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
