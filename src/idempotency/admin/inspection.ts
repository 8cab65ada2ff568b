import { type Decision, decide } from "../decide.ts";
import { type IdempotencyRecord, RECORD_VERSION } from "../record.ts";
import { type InspectedSteps, inspectedSteps } from "./steps.ts";

/**
 * What a record comes to at a moment. `held`: a run has the key. `abandoned`: its run's lease has ended without a word.
 * `expired`: whatever it says, it counts no more. `newer-format`: a newer holdfast wrote it.
 */
export type RecordStatus =
  | "held"
  | "abandoned"
  | "released"
  | "completed"
  | "failed"
  | "unknown"
  | "expired"
  | "newer-format";

/** What becomes of the next delivery of the same key and payload. */
export type NextDelivery =
  | "runs"
  | "is-replayed"
  | "is-refused-in-progress"
  | "is-refused-unknown-outcome"
  | "is-refused-newer-format";

/** A record as a person looks at it. */
export interface Inspection {
  readonly id: string;
  readonly record: IdempotencyRecord;
  /** The clock when it was read; `status` and `next` are true of that moment. */
  readonly seenAtMs: number;
  readonly status: RecordStatus;
  /** By what the function says of `onAbandoned`, which the record does not know. */
  readonly next: { readonly rerun: NextDelivery; readonly block: NextDelivery };
  /** Whether a person, not a run, wrote last. */
  readonly isSettledByHand: boolean;
  /** What runs of a `resumable` function have done so far; absent where there is nothing, or it cannot be read. */
  readonly steps?: InspectedSteps;
}

/** In front of the owner token of a record that a person settled. No run's token looks like it. */
export const BY_HAND = "settled:";

/** Judges a record from what it says, by the same rules as a claim. */
export function inspectionOf(id: string, record: IdempotencyRecord, nowMs: number): Inspection {
  const next = (takesAbandoned: boolean): NextDelivery => {
    const { payloadHash } = record;
    // A delivery of the same payload by a run that does not exist yet.
    const request = {
      id,
      owner: "",
      payloadHash,
      version: RECORD_VERSION,
      nowMs,
      leaseUntilMs: nowMs,
      expiresAtMs: nowMs,
    };
    return NEXT[decide(record, { ...request, takesAbandoned }).kind];
  };
  const steps = inspectedSteps(record.steps);
  return {
    id,
    record,
    seenAtMs: nowMs,
    ...(steps === undefined ? {} : { steps }),
    status: statusOf(record, nowMs),
    next: { rerun: next(true), block: next(false) },
    isSettledByHand: record.owner.startsWith(BY_HAND),
  };
}

function statusOf(record: IdempotencyRecord, nowMs: number): RecordStatus {
  if (record.version > RECORD_VERSION) return "newer-format";
  if (record.expiresAtMs <= nowMs) return "expired";
  switch (record.state) {
    case "IN_PROGRESS":
      return record.leaseUntilMs > nowMs ? "held" : "abandoned";
    case "RELEASED":
      return "released";
    case "COMPLETED":
    case "COMPLETED_NO_RESULT":
      return "completed";
    case "FAILED":
      return "failed";
    case "UNKNOWN":
      return "unknown";
  }
}

/** A delivery of the same payload by a new run meets neither a mismatch nor a claim of its own. */
const NEXT: Readonly<Record<Decision["kind"], NextDelivery>> = {
  run: "runs",
  "claim-again": "runs",
  "replace-expired": "runs",
  replay: "is-replayed",
  "in-progress": "is-refused-in-progress",
  "unknown-outcome": "is-refused-unknown-outcome",
  "payload-mismatch": "is-refused-unknown-outcome",
  "unknown-version": "is-refused-newer-format",
};
