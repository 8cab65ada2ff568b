import type { InvokeResult } from "../invocation.ts";
import { partialResponse } from "../partial-response.ts";

/** How far a batch has come. */
export type Verdict =
  | { readonly next: "done" }
  | {
      readonly next: "again";
      /** Where the records begin that come again; those before succeeded. */
      readonly from: number;
      /** Whether the function ran: only then does it count as an attempt. */
      readonly ran: boolean;
      readonly problem: string;
    };

/**
 * What an invocation means for its batch (AWS page 'Configuring partial batch response with Kinesis Data Streams and
 * Lambda'): the lowest reported sequence number is the checkpoint, and everything from it on comes again, whatever
 * else was reported. Without partial responses any result is success.
 */
export function verdictOf(
  result: InvokeResult,
  sequenceNumbers: readonly string[],
  reportBatchItemFailures: boolean,
): Verdict {
  if (result.status === "error")
    return { next: "again", from: 0, ran: true, problem: `function ${result.kind}` };
  if (result.status !== "ok") return { next: "again", from: 0, ran: false, problem: result.message };
  if (!reportBatchItemFailures) return { next: "done" };
  const { failedIds, problem = "" } = partialResponse(result.payload, sequenceNumbers);
  const from = sequenceNumbers.findIndex((sequenceNumber) => failedIds.has(sequenceNumber));
  if (from >= 0) return { next: "again", from, ran: true, problem };
  // The end of a window has no records, but its answer may still be none.
  return problem === "" ? { next: "done" } : { next: "again", from: 0, ran: true, problem };
}
