import { type IdempotencyRecord, type RecordState, type Steps, stepsOf } from "../../record.ts";
import type { Lease } from "../../store.ts";
import type { PostgresResult } from "./client.ts";

const STATES: readonly string[] = [
  "IN_PROGRESS",
  "RELEASED",
  "COMPLETED",
  "COMPLETED_NO_RESULT",
  "FAILED",
  "UNKNOWN",
] satisfies RecordState[];

/** What a statement answered: the fence when it wrote, and the record as it was before. */
export interface Answer {
  readonly newFence: number | undefined;
  readonly record: IdempotencyRecord | undefined;
}

/** Reads the one row that a statement answers with. */
export function answerOf({ rows }: PostgresResult): Answer {
  const [row, ...more] = rows as readonly Readonly<Record<string, unknown>>[];
  if (row === undefined || more.length > 0) {
    throw new TypeError(`PostgreSQL answered with ${rows.length} rows; expected one.`);
  }
  const newFence = row["new_fence"];
  return { newFence: newFence == null ? undefined : Number(newFence), record: recordOf(row) };
}

/** Whether the record shows that this very run has ended. */
export function isEndOf(record: IdempotencyRecord | undefined, { owner, fence }: Lease): boolean {
  return record?.owner === owner && record.fence === fence && record.state !== "IN_PROGRESS";
}

function recordOf(row: Readonly<Record<string, unknown>>): IdempotencyRecord | undefined {
  const { version, state, owner, result } = row;
  // Outer joins give a row of NULLs where there is no record.
  if (version == null) return undefined;
  // Drivers give 64-bit integers as text.
  const number = (name: string): number => Number(row[name]);
  if (!STATES.includes(String(state)) && Number(version) <= 1) {
    throw new TypeError("The idempotency record has an unknown state.");
  }
  const steps = stepsIn(row["steps"]);
  return {
    version: Number(version),
    state: String(state) as RecordState,
    owner: String(owner),
    fence: number("fence"),
    leaseUntilMs: number("lease_until_ms"),
    expiresAtMs: number("expires_at_ms"),
    atMs: number("at_ms"),
    payloadHash: String(row["payload_hash"]),
    ...(result == null ? {} : { result: String(result) }),
    ...(steps === undefined ? {} : { steps }),
  };
}

/** pg gives JSON as the value it says, a client that does not know the type as the text. */
function stepsIn(column: unknown): Steps | undefined {
  if (column == null) return undefined;
  const value: unknown = typeof column === "string" ? JSON.parse(column) : column;
  return stepsOf(Object.entries(value as object).map(([name, text]) => [name, String(text)]));
}
