import { TerminalError } from "holdfast";
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
 * `s3:TestEvent`, which S3 sends when notifications are set up, holds none.
 *
 * @throws TerminalError for what is no notification.
 */
export function deliveriesIn(event: unknown): readonly Delivery[] {
  const fields = typeof event === "object" && event !== null ? event : {};
  if ("Event" in fields && fields.Event === "s3:TestEvent") return [];
  if (!("Records" in fields) || !Array.isArray(fields.Records)) {
    throw new TerminalError("This is no notification of S3: it has no Records.");
  }
  return fields.Records.map((record: unknown) => ({ record }));
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

/** What `logged` is told of a delivery. Its functions are given the input of what they log. */
export const LINE = {
  service: "log-processing",
  correlationId: (input: unknown) => readRecord((input as Delivery).record).logId,
  eventType: (input: unknown) => `s3:${((input as Delivery).record as { eventName: string }).eventName}`,
  fields: (input: unknown) => ({ ...(input as Delivery).outcome }),
};
