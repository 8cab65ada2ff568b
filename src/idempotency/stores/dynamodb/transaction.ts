import { InvalidOptionError } from "../../../core/errors.ts";
import type { Item } from "./layout.ts";

/**
 * One action of a TransactWriteItems request, as the AWS SDK's low-level client takes it: `{ Put: { TableName, Item } }`,
 * `{ Update: … }`, `{ Delete: … }` or `{ ConditionCheck: … }`.
 */
export interface DynamoDBTransactItem {
  readonly Put?: object;
  readonly Update?: object;
  readonly Delete?: object;
  readonly ConditionCheck?: object;
}

const ACTIONS = [
  "Put",
  "Update",
  "Delete",
  "ConditionCheck",
] as const satisfies (keyof DynamoDBTransactItem)[];

/** 100 actions, one of which is the record's. Source: Amazon DynamoDB API Reference, "TransactWriteItems". */
const MAX_ITEMS = 99;

export function checkItems(items: readonly object[]): void {
  if (!Array.isArray(items)) throw new InvalidOptionError("unit.transact", "items must be a list");
  if (items.length > MAX_ITEMS) {
    throw new InvalidOptionError(
      "unit.transact",
      `${items.length} items are too many: DynamoDB takes ${MAX_ITEMS} and the record`,
    );
  }
  items.forEach(checkItem);
}

function checkItem(item: object, index: number): void {
  const actions = Object.keys(item);
  if (actions.length !== 1 || !ACTIONS.some((action) => action === actions[0])) {
    throw new InvalidOptionError(
      "unit.transact",
      `item ${index + 1} must be one of { ${ACTIONS.join(" | ")} }, with DynamoDB`,
    );
  }
}

/** Why one action of a cancelled transaction was refused. */
export interface CancellationReason {
  readonly Code?: string;
  readonly Item?: Item;
}

export function cancellationReasons(error: unknown): readonly CancellationReason[] | undefined {
  if (!(error instanceof Error) || error.name !== "TransactionCanceledException") return undefined;
  return (error as { readonly CancellationReasons?: readonly CancellationReason[] }).CancellationReasons;
}

/** Whether it failed only because other transactions were at the same items. */
export function isConflict(reasons: readonly CancellationReason[] | undefined): boolean {
  const codes = (reasons ?? []).map((reason) => reason.Code ?? "None").filter((code) => code !== "None");
  return codes.length > 0 && codes.every((code) => code === "TransactionConflict");
}
