import { InvalidOptionError } from "../../../core/errors.ts";
import type { JoinItem } from "./join.ts";
import { checkText } from "./text.ts";
import type { WorkItem } from "./work.ts";

/** One query of a transaction. */
export interface PostgresTransactItem {
  /** One statement: `UPDATE accounts SET balance = balance - $1 WHERE id = $2 AND balance >= $1`. */
  readonly text: string;
  readonly values?: readonly unknown[];
  /** How many rows it must change, or return. With any other number nothing is applied. Default: any number is right. */
  readonly expectRows?: number;
}

/** What the store runs in a transaction of its own. */
export type OwnItem = PostgresTransactItem | WorkItem;
type AnyItem = OwnItem | JoinItem;

export function checkItems(items: readonly object[]): asserts items is readonly AnyItem[] {
  if (!Array.isArray(items)) throw new InvalidOptionError("unit.transact", "items must be a list");
  items.forEach(checkItem);
  if (items.length > 1 && items.some(isJoin)) {
    throw new InvalidOptionError(
      "unit.transact",
      "a transaction of the caller's own takes no other items beside it",
    );
  }
}

export function isWork(item: object | null): item is WorkItem {
  return typeof Object(item).work === "function";
}

export function isOwn(item: AnyItem): item is OwnItem {
  return !isJoin(item);
}

export function isJoin(item: object | null): item is JoinItem {
  return typeof Object(item).join === "function";
}

/** Other members are let be: what an SQL tag makes has some. */
function checkItem(item: Partial<PostgresTransactItem> | null, index: number): void {
  if (isWork(item) || isJoin(item)) return;
  const { text, values, expectRows } = item ?? {};
  const isQuery = typeof text === "string" && (values === undefined || Array.isArray(values));
  if (typeof text === "string") checkText(`item ${index + 1}`, text);
  const isCount = expectRows === undefined || (Number.isInteger(expectRows) && expectRows >= 0);
  if (isQuery && isCount) return;
  throw new InvalidOptionError(
    "unit.transact",
    `item ${index + 1} must be { text, values?, expectRows? }, with PostgreSQL: expectRows a whole number`,
  );
}
