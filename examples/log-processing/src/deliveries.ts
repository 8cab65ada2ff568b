import type { Outcome } from "./count-errors.ts";
import { readRecord } from "./log-object.ts";

/** One record of a notification, and what became of it, for its log line. */
export interface Delivery {
  readonly record: unknown;
  outcome?: Outcome;
}

/**
 * The records of a notification. It may hold several; in practice it holds one.
 *
 * `s3:TestEvent`, which S3 sends when notifications are set up, holds none. What is no notification is handed on as one
 * record, which nobody can read: it is refused, and logged, like any other.
 */
export function deliveriesIn(event: unknown): readonly Delivery[] {
  const fields = typeof event === "object" && event !== null ? event : {};
  if ("Event" in fields && fields.Event === "s3:TestEvent") return [];
  const records: readonly unknown[] =
    "Records" in fields && Array.isArray(fields.Records) ? fields.Records : [event];
  return records.map((record) => ({ record }));
}

/** Does each, the others also when one fails, and then fails with what went wrong: a repeat finds the good ones done. */
export async function doEach<T>(list: readonly T[], one: (item: T) => Promise<unknown>): Promise<void> {
  const errors: unknown[] = [];
  for (const item of list) await one(item).catch((error: unknown) => errors.push(error));
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    throw new AggregateError(errors, `${errors.length} of ${list.length} logs failed: ${errors.join("; ")}`);
  }
}

/** What `logged` says of a delivery: the log's id, what happened to it, and what it came to. */
export const DELIVERY_LINE = {
  service: "log-processing",
  // Its functions are given the input of what they log.
  correlationId: (input: unknown) => readRecord((input as Delivery).record).logId,
  eventType: (input: unknown) => `s3:${eventNameOf((input as Delivery).record)}`,
  fields: (input: unknown) => ({ ...(input as Delivery).outcome }),
};

function eventNameOf(record: unknown): string {
  const known = typeof record === "object" && record !== null && "eventName" in record;
  return known ? String(record.eventName) : "unknown";
}
