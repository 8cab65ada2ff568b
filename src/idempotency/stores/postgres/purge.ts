import { type Call, runtimeOf } from "../../../core/call.ts";
import { checkNumber } from "../../../core/errors.ts";
import { checkRequiredOptions } from "../../../core/options.ts";
import type { PostgresPool } from "./client.ts";
import { onConnection } from "./connection.ts";
import { again, isBroken, isConflict } from "./failures.ts";
import { checkPool } from "./pool.ts";
import { statements } from "./statements.ts";
import { DEFAULT_TABLE, tableName } from "./table.ts";

export interface PurgeOptions {
  readonly pool: PostgresPool;
  /** Default: `holdfast_idempotency`. */
  readonly table?: string;
  /** How many records one statement deletes. Default: 1,000. */
  readonly batchSize?: number;
  /** How long ago a record must have expired: clocks differ, and what this one deletes is new to all. Default: one minute. */
  readonly graceMs?: number;
}

/**
 * Deletes records past their expiry, whatever their state, in batches until none is left, and tells how many they were.
 *
 * PostgreSQL has no TTL: run it from time to time, a schedule will do. Expired records are harmless and only take room.
 * When the call is over it rejects; what it has deleted stays deleted.
 *
 * @example
 * ```ts
 * const purged = await purgeExpired({ pool, table: "app.idempotency" }, call);
 * ```
 */
export async function purgeExpired(options: PurgeOptions, call: Call): Promise<number> {
  checkRequiredOptions("purgeExpired", options, ["pool", "table", "batchSize", "graceMs"]);
  const { pool, table = DEFAULT_TABLE, batchSize = 1_000, graceMs = 60_000 } = options;
  checkPool("purgeExpired", pool);
  checkNumber("purgeExpired", "batchSize", batchSize, { min: 1, integer: true });
  checkNumber("purgeExpired", "graceMs", graceMs, { min: 0 });
  const sql = statements(tableName("purgeExpired", table).table);
  const { text, values } = sql.purge(runtimeOf(call).now() - graceMs, batchSize);
  const mayRepeat = (error: unknown): boolean => isConflict(error) || isBroken(error);
  for (let purged = 0; ; ) {
    const { rows } = await again(call, mayRepeat, () =>
      onConnection(pool, call, (connection) => connection.query(text, values)),
    );
    const [row] = rows as readonly { readonly purged?: unknown }[];
    const count = Number(row?.purged);
    purged += count;
    if (!(count >= batchSize)) return purged;
  }
}
