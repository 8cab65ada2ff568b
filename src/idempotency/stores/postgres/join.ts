import { type Call, refusal } from "../../../core/call.ts";
import { HoldfastError } from "../../../core/errors.ts";
import type { Ending, Lease, WriteAnswer } from "../../store.ts";
import type { Unit } from "../../unit.ts";
import { whileOpen } from "./connection.ts";
import { leftMs } from "./limits.ts";
import { type Answer, isEndOf } from "./rows.ts";
import type { Statement, Statements } from "./statements.ts";
import { checkWork, notRun } from "./work.ts";

/**
 * Runs one query on the connection of your transaction, and answers as your driver does: with the rows, or with `{ rows }`.
 * Each of $1, $2, … stands once in the text, in order, for drivers that write `?` instead.
 */
export type RunQuery = (text: string, values: (string | number | null)[]) => PromiseLike<unknown>;

/** That the record is part of the transaction: what `complete` gives, and the work returns. */
export interface Completed<R> {
  readonly result: R;
}

/** Records the result inside your transaction: its last statement before the commit. */
export type Complete = <R>(result: R, run: RunQuery) => Promise<Completed<R>>;

/** Work that begins and ends a transaction of its own, and has the record completed in it. */
export interface JoinItem {
  join(complete: (run: RunQuery) => Promise<void>): PromiseLike<unknown>;
}

/**
 * Makes the record's completion part of a transaction that your own code, or an ORM, begins and commits.
 *
 * Call `complete` once, as the last statement before the commit, with a function that runs a query on the transaction's
 * connection, and return what it gives. When the lease is lost that query fails, and PostgreSQL keeps nothing of the
 * transaction, even where the error is caught. When the commit fails or is not answered, the record is asked what became
 * of it: what was applied is a success, and what was not rejects with your code's error. The work is never run again by itself:
 * after a conflict (40001, 40P01) call `joinTransaction` again, or let `retry` do so.
 *
 * There is no heartbeat meanwhile: be through before the lease ends. Work that commits without `complete` rejects with
 * `IDEMPOTENCY_NOT_COMPLETED`: its effects may stand, and a later run repeats them. Needs a `postgresStore` on the same database.
 *
 * @example
 * ```ts
 * const storeOrder = idempotent(
 *   (order: Order, { unit }) =>
 *     joinTransaction(unit, (complete) =>
 *       db.transaction(async (tx) => {
 *         await tx.query("INSERT INTO orders VALUES ($1, $2)", [order.orderId, order.total]);
 *         return complete({ stored: true }, (text, values) => tx.query(text, values));
 *       }),
 *     ),
 *   { store, operation: "store-order", key: (order) => order.orderId },
 * );
 * ```
 */
export function joinTransaction<R>(
  unit: Pick<Unit, "transact">,
  work: (complete: Complete) => PromiseLike<Completed<R>>,
): Promise<R> {
  checkWork("joinTransaction", unit, work);
  let completed: Completed<unknown> | undefined;
  const item: JoinItem = {
    join: (end) =>
      work(async (result, run) => {
        if (completed !== undefined) throw completedTwice();
        const done = { result };
        completed = done;
        await end(run);
        return done;
      }),
  };
  return unit.transact([item], () => {
    if (completed === undefined) throw notRun("joinTransaction");
    return completed.result as R;
  });
}

/** What the record says of a transaction that is through, or should be. */
export interface Looks {
  /** As it stands. */
  read(id: string): Promise<Answer>;
  /** Once nobody holds its lock any more: a transaction that is on its way has ended then. `newFence` is there while the lease holds. */
  held(lease: Lease): Promise<Answer>;
}

export async function join(
  item: JoinItem,
  sql: Statements,
  ending: Ending | undefined,
  looks: Looks,
  call: Call,
): Promise<WriteAnswer> {
  let isOver = false;
  let isSent = false;
  let isCompleted = false;

  function checkOpen(): void {
    const refused = refusal(call);
    if (refused !== undefined) throw refused;
    if (isOver) throw completedLate();
  }

  async function complete(run: RunQuery): Promise<void> {
    checkOpen();
    if (ending !== undefined) {
      const change = typeof ending.change === "function" ? await ending.change() : ending.change;
      checkOpen();
      const { text, values } = inOrder(sql.changeOrFail(ending.lease, change, leftMs(call)));
      isSent = true;
      checkAnswer(await run(text, values as (string | number | null)[]));
    }
    isCompleted = true;
  }

  const failure = await whileOpen(call, (async () => item.join(complete))()).then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  isOver = true;
  if (failure === undefined && isCompleted) {
    if (ending !== undefined && (await isStillHeld(ending.lease, looks))) throw notCommitted();
    return { written: true };
  }
  // The commit failed, or its reply was lost, or the lease: whatever the work says of it, the record knows.
  const held =
    ending !== undefined && isSent ? await looks.held(ending.lease).catch(() => undefined) : undefined;
  if (ending !== undefined && held !== undefined && held.newFence === undefined) {
    const { record } = held;
    if (isCompleted && isEndOf(record, ending.lease)) return { written: true };
    return { written: false, found: record };
  }
  // It had the record's lock, and has it no more: it has ended, and the record was not.
  if (isCompleted && held !== undefined) ending?.notApplied?.();
  throw failure === undefined ? notCompleted() : failure.error;
}

/** PostgreSQL answers the COMMIT of a transaction that had failed with ROLLBACK and no error, and few drivers look at that. */
async function isStillHeld(lease: Lease, looks: Looks): Promise<boolean> {
  const { record } = await looks.read(lease.id).catch(() => ({ record: undefined }));
  return record?.state === "IN_PROGRESS" && record.owner === lease.owner && record.fence === lease.fence;
}

/** The same statement with each place used once, in order. */
function inOrder({ text, values }: Statement): Statement {
  const ordered: unknown[] = [];
  const renamed = text.replace(/\$(\d+)/g, (_, place) => `$${ordered.push(values[Number(place) - 1])}`);
  return { text: renamed, values: ordered };
}

/** A query that did not run on PostgreSQL must not be taken for the completion. */
function checkAnswer(answer: unknown): void {
  const rows: unknown = Array.isArray(answer) ? answer : Object(answer).rows;
  if (Array.isArray(rows) && rows.length === 1) return;
  throw new HoldfastError(
    "IDEMPOTENCY_NOT_COMPLETED",
    "joinTransaction: the function given to complete did not answer with the query's one row. It must run the query on the " +
      "transaction's connection, and answer with the rows or with { rows }. Roll the transaction back.",
  );
}

function notCompleted(): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_NOT_COMPLETED",
    "joinTransaction: the work ended well without having completed the record. What it has committed stands, and a later run " +
      "of this key will do it again. Call complete as the last statement of the transaction, and return what it gives.",
  );
}

function notCommitted(): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_NOT_COMPLETED",
    "joinTransaction: the work ended well, but the record shows that its transaction was not committed. Did a statement after " +
      "complete fail, or does complete run its query on another connection than the transaction's?",
  );
}

function completedTwice(): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_TRANSACT_TWICE",
    "joinTransaction: complete was called before. It is the last statement of one transaction; to try again, call joinTransaction again.",
  );
}

function completedLate(): HoldfastError {
  return new HoldfastError(
    "CALL_ENDED",
    "joinTransaction: complete was called after the work had settled, so nothing was recorded. Await the transaction in the work.",
  );
}
