import type { AwsTransport } from "../aws/transport.ts";
import type { BulkTarget, EntryOutcome } from "../batching/bulk-sender.ts";
import { EventPublishError } from "./errors.ts";

/** An entry of PutEvents, as the AWS client takes it. */
export interface PutEventsEntry {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
  readonly Time?: Date;
  readonly Resources?: readonly string[];
}

/** PutEvents takes up to 10 entries (API reference, PutEvents). */
const MAX_ENTRIES = 10;

/**
 * The sum of the entries' sizes must be less than 1 MB (API reference, PutEvents). AWS does not say which megabyte;
 * this is the smaller one.
 */
const MAX_BYTES = 999_999;

/** Size as EventBridge counts it. Source: EventBridge User Guide, "Calculating PutEvents event entry size". */
export function entrySize(entry: PutEventsEntry): number {
  const { Time, Source, DetailType, Detail, Resources = [] } = entry;
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time === undefined ? 0 : TIME_BYTES);
}

const TIME_BYTES = 14;

/** The error codes of an entry that pass with time. Source: API reference, PutEventsResultEntry. */
const RETRYABLE = new Set(["InternalFailure", "InternalException", "ThrottlingException"]);

/** EventBridge's PutEvents as a target of the bulk sender. */
export function eventBridgeTarget(transport: AwsTransport): BulkTarget<PutEventsEntry> {
  return {
    name: "eventbridge",
    maxEntries: MAX_ENTRIES,
    maxBytes: MAX_BYTES,
    maxEntryBytes: MAX_BYTES,
    sizeOf: entrySize,
    async send(entries, call) {
      const { Entries: results } = await transport.call("PutEvents", { Entries: entries }, call);
      // Results stand where their entries stood; how many failed (FailedEntryCount) says less than they do.
      return Array.isArray(results) ? results.map(outcomeOf) : [];
    },
  };
}

function outcomeOf(result: unknown): EntryOutcome {
  const { EventId, ErrorCode }: { readonly EventId?: unknown; readonly ErrorCode?: unknown } = Object(result);
  if (typeof EventId === "string") return { ok: true, id: EventId };
  const reason = typeof ErrorCode === "string" ? ErrorCode : undefined;
  const retryable = reason === undefined || RETRYABLE.has(reason);
  const what =
    reason === undefined
      ? "EventBridge's answer has neither an id nor an error"
      : `EventBridge refused it: ${reason}`;
  return { ok: false, error: new EventPublishError(what, { retryable, reason }), retryable };
}
