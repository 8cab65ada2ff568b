import { deadline, type LambdaCall, wrapHandler } from "holdfast";
import { purgeExpired } from "holdfast/idempotency/postgres";
import { logged } from "holdfast/observability";
import { ledgerPool } from "../database.ts";
import { required } from "../environment.ts";

const pool = ledgerPool();
const table = required("RECORDS_TABLE");

/** PostgreSQL has no TTL. Records that have expired are harmless, and only take room. */
async function purgeRecords(_: unknown, call: LambdaCall): Promise<{ readonly purged: number }> {
  return { purged: await purgeExpired({ pool, table }, call) };
}

export const handler = wrapHandler(purgeRecords, logged(), deadline({ reserveMs: 500 }));
