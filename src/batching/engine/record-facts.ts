import { type Call, callsBeneath, report, scopeOf } from "../../core/call.ts";
import { at } from "../at.ts";
import { identifierAt, type ReceivedBatch } from "./received-batch.ts";
import type { RecordCall } from "./record-call.ts";

/**
 * What became of a record. All but `ok` and `set-aside` are reported to the source and come again.
 *
 * `set-aside`: failed for good, and written to where such records go. `unfinished`: begun, and not settled when the
 * batch had to answer. `not-started`: the time was up before, or an earlier record did not succeed.
 */
export type RecordOutcome = "ok" | "set-aside" | "failed" | "not-started" | "unfinished";

/** Whether a record need not come again for its own sake. */
export function isDone(outcome: RecordOutcome): boolean {
  return outcome === "ok" || outcome === "set-aside";
}

/** How a record ended, for its fact. */
export interface RecordEnd {
  readonly outcome: RecordOutcome;
  readonly durationMs: number;
  /** What was thrown, or why it was not run to its end. */
  readonly error?: unknown;
}

/** Gives each record of a batch, by its index, a call of its own beneath the batch's. */
export function recordCalls<Rec>(
  { source, records }: ReceivedBatch<Rec>,
  call: Call,
): (index: number) => RecordCall<Rec> {
  const callOf = callsBeneath(call, "record");
  return function recordCall(index) {
    const record = at(records, index);
    return callOf(record, source.attempt?.(record) ?? call.attempt);
  };
}

/** Reports `batch.record` on the record's call. */
export function reportRecord<Rec>(
  batch: ReceivedBatch<Rec>,
  index: number,
  call: RecordCall<Rec>,
  { outcome, durationMs, error }: RecordEnd,
): void {
  const fact = {
    type: "batch.record",
    source: batch.source.name,
    identifier: identifierAt(batch, index),
    outcome,
    durationMs,
  };
  report(call, outcome === "ok" ? fact : { ...fact, error });
}

/** The same for a record that never ran, on a call that nobody was given. */
export function reportNotStarted<Rec>(
  batch: ReceivedBatch<Rec>,
  index: number,
  call: RecordCall<Rec>,
  error: unknown,
): void {
  closeRecord(batch, index, call, { outcome: "not-started", durationMs: 0, error });
}

/** Reports a record, and ends its call. */
export function closeRecord<Rec>(
  batch: ReceivedBatch<Rec>,
  index: number,
  call: RecordCall<Rec>,
  end: RecordEnd,
): void {
  reportRecord(batch, index, call, end);
  scopeOf(call).end();
}

/** Reports `batch.done` on the batch's own call, with how many records ended how. */
export function reportBatch<Rec>(
  batch: ReceivedBatch<Rec>,
  outcomes: readonly RecordOutcome[],
  durationMs: number,
  call: Call,
): void {
  const counts = { ok: 0, "set-aside": 0, failed: 0, "not-started": 0, unfinished: 0 };
  for (const outcome of outcomes) counts[outcome] += 1;
  report(call, {
    type: "batch.done",
    source: batch.source.name,
    records: outcomes.length,
    ok: counts.ok,
    setAside: counts["set-aside"],
    failed: counts.failed,
    notStarted: counts["not-started"],
    unfinished: counts.unfinished,
    repeated: repeatedOf(batch, outcomes),
    durationMs,
  });
}

/** Records that succeeded and come again all the same, for they lie behind the checkpoint. */
function repeatedOf<Rec>({ source }: ReceivedBatch<Rec>, outcomes: readonly RecordOutcome[]): number {
  const checkpoint = source.stopsAt === "shard" ? outcomes.findIndex((outcome) => !isDone(outcome)) : -1;
  return checkpoint === -1 ? 0 : outcomes.slice(checkpoint).filter(isDone).length;
}
