import type { Call } from "../../../core/call.ts";
import { HoldfastError, hasCode } from "../../../core/errors.ts";
import { IdempotencyItemRefusedError } from "../../errors.ts";
import type { Ending, Lease, RecordChange, WriteAnswer } from "../../store.ts";
import type { PostgresPool } from "./client.ts";
import { type Connection, onConnection } from "./connection.ts";
import { again, isBroken, isConflict, isRolledBack } from "./failures.ts";
import { isWork, type OwnItem } from "./items.ts";
import type { Looks } from "./join.ts";
import { leftMs } from "./limits.ts";
import { type Answer, answerOf, isEndOf } from "./rows.ts";
import type { Statements } from "./statements.ts";
import { runWork } from "./work.ts";

/**
 * Applies the items and the ending in one transaction.
 *
 * It goes again after a conflict, and after a connection broke before COMMIT was sent: then nothing was applied. Where
 * COMMIT was sent and not answered the record knows: it is asked once that transaction has ended, and so has let the record's
 * lock go. Without an ending nobody knows, and the error is the connection's.
 */
export function transact(
  pool: PostgresPool,
  sql: Statements,
  items: readonly OwnItem[],
  ending: Ending | undefined,
  looks: Looks,
  call: Call,
): Promise<WriteAnswer> {
  /** COMMIT was sent, and what it came to is not known. */
  let committing = false;

  async function attempt(connection: Connection): Promise<WriteAnswer> {
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
      // A deferred constraint, say: the server has answered, and rolled back.
      if (isRolledBack(error) || hasCode(error, ROLLED_BACK)) committing = false;
      await rollback(connection);
      throw error;
    }
  }

  return again<WriteAnswer>(
    call,
    (error) => isConflict(error) || (isBroken(error) && !committing),
    async () => {
      try {
        return await onConnection(pool, call, attempt);
      } catch (error) {
        if (ending === undefined || !committing || !isBroken(error)) throw error;
        const held = await looks.held(ending.lease).catch(() => undefined);
        committing = held === undefined;
        if (held === undefined || held.newFence !== undefined) throw error;
        const { record } = held;
        return isEndOf(record, ending.lease) ? { written: true } : { written: false, found: record };
      }
    },
  ).catch((error: unknown) => {
    if (!committing) ending?.notApplied?.();
    throw error;
  });
}

/**
 * The ending comes first: a lost lease is known before any effect, and the record's row stays locked, so no other run
 * takes the key over before this transaction is through. One that is known only afterwards is preceded by a change of
 * nothing, which locks the row all the same.
 */
async function apply(
  connection: Connection,
  sql: Statements,
  items: readonly OwnItem[],
  ending: Ending | undefined,
  call: Call,
): Promise<WriteAnswer> {
  async function changed(lease: Lease, change: RecordChange): Promise<Answer> {
    const { text, values } = sql.change({ ...lease, state: "IN_PROGRESS" }, change, leftMs(call));
    return answerOf(await connection.query(text, values));
  }

  if (ending !== undefined) {
    const first = typeof ending.change === "function" ? {} : ending.change;
    const { newFence, record } = await changed(ending.lease, first);
    if (newFence === undefined) return { written: false, found: record };
  }
  for (const [index, item] of items.entries()) {
    if (isWork(item)) {
      await runWork(item, connection, call);
      continue;
    }
    const { text, values, expectRows } = item;
    const { rowCount } = await connection.query(text, values);
    if (expectRows !== undefined && rowCount !== expectRows) throw itemRefused(index, expectRows, rowCount);
  }
  if (typeof ending?.change === "function") {
    const { newFence, record } = await changed(ending.lease, await ending.change());
    if (newFence === undefined) return { written: false, found: record };
  }
  return { written: true };
}

/** A connection that did not say that it has rolled back may be in the middle of it: the pool must close it. */
async function rollback(connection: Connection): Promise<void> {
  if (connection.isSpoilt()) return;
  await connection.query("ROLLBACK").catch(connection.spoil);
}

const ROLLED_BACK = "POSTGRES_ROLLED_BACK";

function rolledBack(command: string): HoldfastError {
  return new HoldfastError(
    ROLLED_BACK,
    `unit.transact: PostgreSQL answered COMMIT with ${command}, so nothing was applied. Does an item hide an error of its own?`,
  );
}

function itemRefused(index: number, expected: number, rowCount: number | null | undefined): HoldfastError {
  return new IdempotencyItemRefusedError(
    [{ index, code: "UnexpectedRowCount" }],
    `item ${index + 1} changed ${rowCount ?? "an unknown number of"} rows, where expectRows is ${expected}. ` +
      "Nothing was applied: what its WHERE asks for did not hold.",
  );
}
