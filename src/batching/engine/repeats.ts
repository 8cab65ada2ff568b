import { type Call, isObserved, report } from "../../core/call.ts";
import type { BatchSource } from "../source.ts";

/**
 * Reports `batch.repeats` with the first batch that someone hears of, once in a process for each wrapped function: a shard's records
 * come again from the lowest failure on, those included that succeeded.
 */
export function repeatsTeller(source: Pick<BatchSource<never>, "name" | "stopsAt">): (call: Call) => void {
  let isTold = source.stopsAt !== "shard";
  return function tellOnce(call) {
    if (isTold || !isObserved(call)) return;
    isTold = true;
    report(call, {
      type: "batch.repeats",
      source: source.name,
      message:
        "After a failure all records of the shard from there on come again, those that succeeded included. " +
        "Make each record's work idempotent: idempotent(fn, …) inside the batch.",
    });
  };
}
