import { type Call, deriveCall, report, scopeOf } from "../core/call.ts";
import { at } from "./at.ts";
import type { ReceivedBatch } from "./received-batch.ts";
import type { RecordCall } from "./record-call.ts";

/**
 * What became of a record. All but `ok` are reported to the source and come again.
 *
 * `unfinished`: begun, and not settled when the batch had to answer. `not-started`: the time was up before, or an
 * earlier record of its group did not succeed.
 */
export type RecordOutcome = "ok" | "failed" | "not-started" | "unfinished";

/** How a record ended, for its fact. */
export interface RecordEnd {
  readonly outcome: RecordOutcome;
  readonly durationMs: number;
  /** What was thrown, or why it was not run to its end. */
  readonly error?: unknown;
}

/** A call for one record, beneath the batch's. */
export function openRecordCall<Rec>(batch: ReceivedBatch<Rec>, index: number, call: Call): RecordCall<Rec> {
  const record = at(batch.records, index);
  return deriveCall(call, { attempt: batch.source.attempt(record) ?? call.attempt }, { record });
}

/** Reports `batch.record` on the record's call, and ends that call. */
export function closeRecord<Rec>(
  batch: ReceivedBatch<Rec>,
  index: number,
  call: RecordCall<Rec>,
  end: RecordEnd,
): void {
  const { source, identifiers } = batch;
  report(call, { type: "batch.record", source: source.name, identifier: at(identifiers, index), ...end });
  scopeOf(call).end();
}

/** Reports `batch.done` on the batch's own call, with how many records ended how. */
export function reportBatch<Rec>(
  batch: ReceivedBatch<Rec>,
  outcomes: readonly RecordOutcome[],
  durationMs: number,
  call: Call,
): void {
  const counts = { ok: 0, failed: 0, "not-started": 0, unfinished: 0 };
  for (const outcome of outcomes) counts[outcome] += 1;
  report(call, {
    type: "batch.done",
    source: batch.source.name,
    records: outcomes.length,
    ok: counts.ok,
    failed: counts.failed,
    notStarted: counts["not-started"],
    unfinished: counts.unfinished,
    durationMs,
  });
}
