import { RecordsFailedError } from "../errors.ts";
import { identifierAt, type ReceivedBatch } from "./received-batch.ts";
import { isDone } from "./record-facts.ts";
import type { BatchEnd } from "./run-records.ts";

/**
 * The answer to a source that knows no partial response: it succeeds or all of it comes again.
 *
 * @throws RecordsFailedError (`RECORDS_FAILED`) naming those that did not succeed, once all were run.
 */
export function rejectFailures<Rec>(batch: ReceivedBatch<Rec>, { outcomes, firstError }: BatchEnd): void {
  const identifiers = outcomes.flatMap((outcome, index) =>
    isDone(outcome) ? [] : identifierAt(batch, index),
  );
  if (identifiers.length === 0) return;
  throw new RecordsFailedError(batch.source.name, identifiers, outcomes.length, firstError);
}
