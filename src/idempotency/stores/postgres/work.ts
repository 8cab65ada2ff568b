import type { Call } from "../../../core/call.ts";
import { HoldfastError, InvalidOptionError } from "../../../core/errors.ts";
import { dropRejection } from "../../../core/observer.ts";
import type { Unit } from "../../unit.ts";
import { type Connection, whileOpen } from "./connection.ts";
import { checkText } from "./text.ts";

/** Sends one statement inside the transaction, and answers with its rows. */
export type TransactionQuery = <Row extends object = Readonly<Record<string, unknown>>>(
  text: string,
  values?: readonly unknown[],
) => Promise<{ readonly rows: readonly Row[]; readonly rowCount: number | null }>;

/** Work that the store runs inside its transaction. */
export interface WorkItem {
  work(query: TransactionQuery): Promise<unknown>;
}

/**
 * Runs work inside one transaction of the store's, which also records what it returns as the unit's result: for queries
 * that need the rows of those before them.
 *
 * All of it is applied, or nothing: when the work throws, when a query fails (also one whose error the work has caught),
 * when the lease is lost. The record stays locked meanwhile, and there is no heartbeat: be through before the lease ends.
 * The work may run again, after a conflict (40001, 40P01) or when the connection broke, so it should do nothing but ask its
 * queries. It must not begin or end a transaction, nor set savepoints. Needs a `postgresStore`.
 *
 * @example
 * ```ts
 * const storeOrder = idempotent(
 *   (order: Order, { unit }) =>
 *     inTransaction(unit, async (query) => {
 *       const { rows } = await query("INSERT INTO orders (total) VALUES ($1) RETURNING id", [order.total]);
 *       await query("INSERT INTO shipments (order_id) VALUES ($1)", [rows[0]?.["id"]]);
 *       return { id: String(rows[0]?.["id"]) };
 *     }),
 *   { store, operation: "store-order", key: (order) => order.orderId },
 * );
 * ```
 */
export function inTransaction<T>(
  unit: Pick<Unit, "transact">,
  work: (query: TransactionQuery) => Promise<T>,
): Promise<T> {
  checkWork("inTransaction", unit, work);
  let done: { readonly result: T } | undefined;
  const item: WorkItem = {
    async work(query) {
      done = { result: await work(query) };
    },
  };
  return unit.transact([item], () => {
    if (done === undefined) throw notRun("inTransaction");
    return done.result;
  });
}

/** Runs the work; its queries are over when it is. */
export async function runWork({ work }: WorkItem, connection: Connection, call: Call): Promise<void> {
  const sent: Promise<unknown>[] = [];
  let isOver = false;

  async function send(text: string, values: readonly unknown[] | undefined) {
    if (isOver) throw queryLate();
    if (typeof text !== "string") {
      throw new InvalidOptionError("inTransaction", "query takes the statement's text, and its values");
    }
    checkText("a query of inTransaction", text);
    const { rows, rowCount = null } = await connection.query(text, values);
    return { rows, rowCount };
  }

  const query: TransactionQuery = <Row extends object>(text: string, values?: readonly unknown[]) => {
    const answer = send(text, values);
    sent.push(answer);
    dropRejection(answer);
    return answer as Promise<{ readonly rows: readonly Row[]; readonly rowCount: number | null }>;
  };

  try {
    await whileOpen(call, (async () => work(query))());
    // Those that nobody awaited, and those whose failure was caught: PostgreSQL has given the transaction up.
    await Promise.all(sent);
  } finally {
    isOver = true;
  }
}

export function checkWork(where: string, unit: Pick<Unit, "transact">, work: unknown): void {
  if (typeof unit?.transact === "function" && typeof work === "function") return;
  throw new InvalidOptionError(where, "it takes the call's unit, and a function that does the work");
}

/** A store that takes any items (the memory store) has taken this one for data. */
export function notRun(where: string): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_TRANSACT_UNSUPPORTED",
    `${where}: the store did not run the work, so nothing was done. It needs a postgresStore.`,
  );
}

function queryLate(): HoldfastError {
  return new HoldfastError(
    "CALL_ENDED",
    "inTransaction: query was called after the work had settled, so nothing was sent. Await it.",
  );
}
