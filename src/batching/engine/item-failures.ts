import { at } from "../at.ts";
import { identifierAt, type ReceivedBatch } from "./received-batch.ts";
import { isDone } from "./record-facts.ts";
import type { BatchEnd } from "./run-records.ts";

/** A partial response: what of the batch comes again. An empty list would be taken for success of all of it. */
export interface ItemFailures<Id> {
  batchItemFailures: { itemIdentifier: Id }[];
}

/** Everything that is not done, one by one: all of it, if it is all. */
export function eachFailure<Rec>(
  batch: ReceivedBatch<Rec>,
  { outcomes, firstFailed }: BatchEnd,
): ItemFailures<string> {
  const batchItemFailures: ItemFailures<string>["batchItemFailures"] = [];
  for (let index = firstFailed; index < outcomes.length; index += 1) {
    if (!isDone(at(outcomes, index))) batchItemFailures.push({ itemIdentifier: identifierAt(batch, index) });
  }
  return { batchItemFailures };
}

/** The first record that is not done: the shard's checkpoint, from which on all comes again. */
export function firstFailure<Rec>(
  batch: ReceivedBatch<Rec>,
  { firstFailed }: BatchEnd,
): ItemFailures<string> {
  const isDoneWith = firstFailed === Number.POSITIVE_INFINITY;
  return { batchItemFailures: isDoneWith ? [] : [{ itemIdentifier: identifierAt(batch, firstFailed) }] };
}
