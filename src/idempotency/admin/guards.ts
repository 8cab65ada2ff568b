import { HoldfastError } from "../../core/errors.ts";
import { isoTime } from "../../core/runtime/runtime.ts";
import type { Inspection } from "./inspection.ts";

/** Refuses what has nothing to settle, and a key that a run still holds unless forced. */
export function checkSettles(seen: Inspection, force: boolean): void {
  checkFormat(seen);
  const { state } = seen.record;
  if (state !== "IN_PROGRESS" && state !== "UNKNOWN") {
    const why =
      state === "RELEASED"
        ? "its next delivery runs"
        : "it has ended; to let the next delivery run the work again, purge it";
    throw new HoldfastError(
      "IDEMPOTENCY_NOTHING_TO_SETTLE",
      `Nothing to settle: the record is ${state}, ${why}.`,
    );
  }
  if (!force) checkLease(seen, "settled");
}

/** Refuses a key that a run still holds, unless forced. */
export function checkPurges(seen: Inspection, force: boolean): void {
  checkFormat(seen);
  if (!force) checkLease(seen, "purged");
}

/** A run that goes on would do its work beside whatever is decided here. */
function checkLease({ status, record }: Inspection, what: "settled" | "purged"): void {
  if (status !== "held") return;
  throw new HoldfastError(
    "IDEMPOTENCY_STILL_HELD",
    `Not ${what}: a run holds this key until ${isoTime(record.leaseUntilMs)} and may be at work right now. ` +
      `Look again after that. With force it is ${what} now: the run can record nothing any more, but what it has sent stays sent.`,
    { retryable: true },
  );
}

function checkFormat({ status, record }: Inspection): void {
  if (status !== "newer-format") return;
  throw new HoldfastError(
    "IDEMPOTENCY_RECORD_VERSION",
    `The record has format version ${record.version}, which a newer holdfast wrote. Use that version.`,
  );
}
