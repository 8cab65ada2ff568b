import { type Call, runtimeOf } from "../../../core/call.ts";
import { HoldfastError, InvalidOptionError } from "../../../core/errors.ts";
import type { Ending, WriteAnswer } from "../../store.ts";
import type { PostgresPool } from "./client.ts";
import { type Connection, onConnection } from "./connection.ts";
import { again, isBroken, isConflict } from "./failures.ts";
import { answerOf } from "./rows.ts";
import type { Statements } from "./statements.ts";

/** One query of a transaction. */
export interface PostgresTransactItem {
  /** One statement: `UPDATE accounts SET balance = balance - $1 WHERE id = $2 AND balance >= $1`. */
  readonly text: string;
  readonly values?: readonly unknown[];
  /** How many rows it must change, or return. With any other number nothing is applied. Default: any number is right. */
  readonly expectRows?: number;
}

/** PostgreSQL's limits are whole milliseconds of 32 bits. */
const MAX_LIMIT_MS = 2 ** 31 - 1;

export function checkItems(items: readonly object[]): asserts items is readonly PostgresTransactItem[] {
  if (!Array.isArray(items)) throw new InvalidOptionError("unit.transact", "items must be a list");
  items.forEach(checkItem);
}

/** With one of these in the middle, what comes before it and after it is not one transaction. */
const ENDS_TRANSACTION =
  /^\s*(begin|start|commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b/i;

/** Other members are let be: what an SQL tag makes has some. */
function checkItem(item: Partial<PostgresTransactItem> | null, index: number): void {
  const { text, values, expectRows } = item ?? {};
  const isQuery = typeof text === "string" && (values === undefined || Array.isArray(values));
  if (typeof text === "string" && ENDS_TRANSACTION.test(text)) {
    throw new InvalidOptionError(
      "unit.transact",
      `item ${index + 1} must leave the transaction to the store`,
    );
  }
  const isCount = expectRows === undefined || (Number.isInteger(expectRows) && expectRows >= 0);
  if (isQuery && isCount) return;
  throw new InvalidOptionError(
    "unit.transact",
    `item ${index + 1} must be { text, values?, expectRows? }, with PostgreSQL: expectRows a whole number`,
  );
}

/**
 * Applies the items and the ending in one transaction.
 *
 * It goes again after a conflict, and after a connection broke before COMMIT was sent: then nothing was applied. Once
 * COMMIT has been sent a broken connection, or the call's end, rejects, and only the record knows.
 */
export function transact(
  pool: PostgresPool,
  sql: Statements,
  items: readonly PostgresTransactItem[],
  ending: Ending | undefined,
  call: Call,
): Promise<WriteAnswer> {
  let committing = false;
  return again(
    call,
    (error) => isConflict(error) || (isBroken(error) && !committing),
    () =>
      onConnection(pool, call, async (connection) => {
        committing = false;
        try {
          await connection.query("BEGIN");
          const answer = await apply(connection, sql, items, ending, call);
          if (!answer.written) {
            await rollback(connection);
            return answer;
          }
          committing = true;
          // PostgreSQL answers the COMMIT of a transaction that failed with ROLLBACK, and no error.
          const { command } = await connection.query("COMMIT");
          if (command !== undefined && command !== "COMMIT") throw rolledBack(command);
          return answer;
        } catch (error) {
          await rollback(connection);
          throw error;
        }
      }),
  );
}

/**
 * The ending comes first: a lost lease is known before any effect, and the record's row stays locked, so no other run
 * takes the key over before this transaction is through.
 */
async function apply(
  connection: Connection,
  sql: Statements,
  items: readonly PostgresTransactItem[],
  ending: Ending | undefined,
  call: Call,
): Promise<WriteAnswer> {
  if (ending !== undefined) {
    const { text, values } = sql.change(
      { ...ending.lease, state: "IN_PROGRESS" },
      ending.change,
      leftMs(call),
    );
    const { newFence, record } = answerOf(await connection.query(text, values));
    if (newFence === undefined) return { written: false, found: record };
  }
  for (const [index, { text, values, expectRows }] of items.entries()) {
    const { rowCount } = await connection.query(text, values);
    if (expectRows !== undefined && rowCount !== expectRows) throw itemRefused(index, expectRows, rowCount);
  }
  return { written: true };
}

/**
 * A process that freezes in the middle goes on holding the row's lock, and so does a statement that nobody waits for any
 * more. What is left of the call is what the server is told to allow: past its deadline another run gets the key.
 */
function leftMs(call: Call): number | undefined {
  const ms = call.deadlineMs - runtimeOf(call).now();
  return ms <= MAX_LIMIT_MS ? Math.max(ms, 1) : undefined;
}

/** A connection that did not say that it has rolled back may be in the middle of it: the pool must close it. */
async function rollback(connection: Connection): Promise<void> {
  if (connection.isSpoilt()) return;
  await connection.query("ROLLBACK").catch(connection.spoil);
}

function rolledBack(command: string): HoldfastError {
  return new HoldfastError(
    "POSTGRES_ROLLED_BACK",
    `unit.transact: PostgreSQL answered COMMIT with ${command}, so nothing was applied. Does an item hide an error of its own?`,
  );
}

function itemRefused(index: number, expected: number, rowCount: number | null | undefined): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_ITEM_REFUSED",
    `unit.transact: item ${index + 1} changed ${rowCount ?? "an unknown number of"} rows, where expectRows is ${expected}. ` +
      "Nothing was applied: what its WHERE asks for did not hold.",
  );
}
