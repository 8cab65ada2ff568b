import { awsSaysRetryable } from "../../aws/aws-error.ts";
import { type Call, scopeOf } from "../../core/call.ts";
import { saysRetryable } from "../../core/errors.ts";
import { BulkAnswerError } from "../errors.ts";
import type { BulkTarget, EntryOutcome } from "./bulk-target.ts";

/** One request: an outcome for each entry, whatever the target does. Never rejects; ends `call`. */
export async function sendOnce<E>(
  target: BulkTarget<E>,
  entries: readonly E[],
  call: Call,
): Promise<readonly EntryOutcome[]> {
  try {
    const answer: unknown = await target.send(entries, call);
    if (Array.isArray(answer) && answer.length === entries.length && answer.every(isOutcome)) return answer;
    throw new BulkAnswerError(target.name, entries.length, answer);
  } catch (error) {
    return failedTogether(entries, error);
  } finally {
    scopeOf(call).end();
  }
}

/** All entries of a request fail with its error: retryable unless that says otherwise. */
export function failedTogether(entries: readonly unknown[], error: unknown): EntryOutcome[] {
  const retryable = saysRetryable(error) ?? awsSaysRetryable(error) ?? true;
  return entries.map(() => ({ ok: false, error, retryable }));
}

function isOutcome(value: unknown): value is EntryOutcome {
  return typeof value === "object" && value !== null && "ok" in value && typeof value.ok === "boolean";
}
