import { InvalidOptionError } from "../../../core/errors.ts";
import { IdempotencyItemRefusedError } from "../../errors.ts";
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

export function checkItems(
  items: readonly object[],
): asserts items is readonly (object & DynamoDBTransactItem)[] {
  if (!Array.isArray(items)) throw new InvalidOptionError("unit.transact", "items must be a list");
  if (items.length > MAX_ITEMS) {
    throw new InvalidOptionError(
      "unit.transact",
      `${items.length} items are too many: DynamoDB takes ${MAX_ITEMS} and the record`,
    );
  }
  items.forEach(checkItem);
}

function checkItem(item: object | null, index: number): void {
  const actions = Object.keys(item ?? {});
  if (actions.length !== 1 || !ACTIONS.some((action) => action === actions[0])) {
    throw new InvalidOptionError(
      "unit.transact",
      `item ${index + 1} must be one of { ${ACTIONS.join(" | ")} }, with DynamoDB`,
    );
  }
}

/** What an item does, and where: `Put, table Orders`. Never its key or contents. */
function told(item: object | undefined): string {
  const [action = "?", input] = Object.entries(item ?? {})[0] ?? [];
  const { TableName } = Object(input);
  return typeof TableName === "string" ? `${action}, table ${TableName}` : action;
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

const CONFLICT = "TransactionConflict";
/** Source: Amazon DynamoDB API Reference, "TransactWriteItems", Errors: the other codes come again whenever it is sent. */
const PASSING: ReadonlySet<string> = new Set([CONFLICT, "ThrottlingError", "ProvisionedThroughputExceeded"]);

function codeOf(reason: CancellationReason | undefined): string | undefined {
  return reason?.Code === "None" ? undefined : reason?.Code;
}

/**
 * Whether to send it again: it failed only because other transactions were at the same items; or the record itself was
 * busy, and did not get to say that an earlier send of this run had been applied, which an item's condition then sees.
 */
export function isConflict(
  reasons: readonly CancellationReason[] | undefined,
  mine: CancellationReason | undefined,
): boolean {
  const codes = (reasons ?? []).flatMap((reason) => codeOf(reason) ?? []);
  return codeOf(mine) === CONFLICT || (codes.length > 0 && codes.every((code) => code === CONFLICT));
}

/** The error of a transaction that the caller's items are to blame for, or the client's own where they are not. */
export function itemsRefused(
  items: readonly object[],
  reasons: readonly CancellationReason[] | undefined,
  cause: unknown,
): unknown {
  const codes = (reasons ?? []).map(codeOf);
  const refused = items.flatMap((_, index) => {
    const code = codes[index];
    return code === undefined ? [] : [{ index, code }];
  });
  if (refused.length === 0) return cause;
  const which = refused.map(({ index, code }) => `item ${index + 1} (${told(items[index])}): ${code}`);
  const record = codes[items.length];
  const outcome =
    record === undefined
      ? "Nothing was applied; the cause has DynamoDB's own reasons."
      : `The record could not be looked at either (${record}), so an earlier send may have been applied.`;
  return new IdempotencyItemRefusedError(refused, `DynamoDB refused ${which.join(", ")}. ${outcome}`, {
    cause,
    retryable: record !== undefined || refused.every(({ code }) => PASSING.has(code)),
  });
}
