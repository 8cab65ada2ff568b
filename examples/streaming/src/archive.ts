import type { Call } from "holdfast";
import { contentId, type EventTimeWindow, type KinesisRecord, type RecordCall } from "holdfast/batching";
import type { ObjectStore } from "holdfast/object-store";
import type { Payment, Spendings } from "./payment.ts";

/** Keeps what was processed, as JSON. A key names what it holds, so a repeat finds the same bytes there. */
export interface Archive {
  window(users: Spendings, window: EventTimeWindow, call: Call): Promise<void>;
  late(payment: Payment, call: RecordCall<KinesisRecord>): Promise<void>;
}

export function archiveIn(objects: ObjectStore): Archive {
  const put = (key: string, value: unknown, call: Call): Promise<void> =>
    objects.put(key, Buffer.from(JSON.stringify(value)), call);
  return {
    window: (users, { id, startMs, isComplete }, call) =>
      put(`windows/${minute(startMs)}/${contentId(id)}.json`, { startMs, isComplete, users }, call),
    late: (payment, call) => {
      const { sequenceNumber } = call.record.kinesis;
      return put(`late/${minute(payment.atMs)}/${sequenceNumber}.json`, payment, call);
    },
  };
}

/** `2026-11-25/09-05`, by which objects are found. */
function minute(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", "/").replace(":", "-");
}
