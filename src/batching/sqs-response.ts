import { at } from "./at.ts";
import type { ReceivedBatch } from "./received-batch.ts";
import type { RecordOutcome } from "./record-facts.ts";
import type { SqsBatchResponse } from "./sources/sqs-event.ts";

/** Everything that did not succeed stays in the queue: an empty list would delete it all. */
export function sqsResponse<Rec>(
  batch: ReceivedBatch<Rec>,
  outcomes: readonly RecordOutcome[],
): SqsBatchResponse {
  const batchItemFailures: SqsBatchResponse["batchItemFailures"] = [];
  outcomes.forEach((outcome, index) => {
    if (outcome !== "ok") batchItemFailures.push({ itemIdentifier: at(batch.identifiers, index) });
  });
  return { batchItemFailures };
}
