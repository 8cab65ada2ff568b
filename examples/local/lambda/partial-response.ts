import type { InvokeResult } from "./invocation.ts";

/** Which messages of a batch stay in the queue; all others are deleted. */
export interface BatchVerdict {
  readonly failedIds: ReadonlySet<string>;
  /** Why; set when there are any. */
  readonly problem?: string;
}

/** What an invocation with a batch means for its messages. Without partial responses, any result is success. */
export function batchVerdict(
  result: InvokeResult,
  batchIds: readonly string[],
  reportBatchItemFailures: boolean,
): BatchVerdict {
  if (result.status === "error") return { failedIds: new Set(batchIds), problem: `function ${result.kind}` };
  if (result.status !== "ok") return { failedIds: new Set(batchIds), problem: result.message };
  return reportBatchItemFailures ? partialResponse(result.payload, batchIds) : { failedIds: new Set() };
}

/**
 * Reads a ReportBatchItemFailures response as Lambda does (AWS page 'Handling errors for an SQS event source').
 *
 * A null or empty response, and a null, missing or empty list, are success. A response that is not JSON or not
 * an object, a list that is none, and an identifier that is missing, null, empty or not of this batch fail the
 * whole batch.
 */
export function partialResponse(payload: string, batchIds: readonly string[]): BatchVerdict {
  const wholeBatch = (problem: string): BatchVerdict => ({ failedIds: new Set(batchIds), problem });
  let response: unknown;
  try {
    response = payload === "" ? null : JSON.parse(payload);
  } catch {
    return wholeBatch("the response is not JSON");
  }
  if (response === null) return { failedIds: new Set() };
  if (typeof response !== "object" || Array.isArray(response))
    return wholeBatch("the response is not an object");
  const items: unknown = "batchItemFailures" in response ? response.batchItemFailures : null;
  if (items === null) return { failedIds: new Set() };
  if (!Array.isArray(items)) return wholeBatch("batchItemFailures is not a list");

  const failedIds = new Set<string>();
  for (const [index, item] of items.entries()) {
    const id: unknown =
      typeof item === "object" && item !== null && "itemIdentifier" in item ? item.itemIdentifier : undefined;
    if (typeof id !== "string" || id === "") {
      return wholeBatch(`batchItemFailures[${index}] has no itemIdentifier`);
    }
    if (!batchIds.includes(id))
      return wholeBatch(`batchItemFailures[${index}]: no message ${id} in this batch`);
    failedIds.add(id);
  }
  return failedIds.size === 0 ? { failedIds } : { failedIds, problem: "reported in batchItemFailures" };
}
