import type { AwsTransport } from "../../src/aws/transport.ts";
import type { PutEventsEntry } from "../../src/batching/targets/eventbridge.ts";

/** What the bus does with one entry: takes it, or refuses it with a code. */
export type EntryFate = "taken" | { readonly code: string };

export interface FakeBusOptions {
  /** Decides on each entry of a request; `request` counts from 1. Default: all are taken. */
  readonly fate?: (entry: PutEventsEntry, request: number) => EntryFate;
  /** Throws instead of answering, before (nothing taken) or after (all taken, reply lost). */
  readonly breakdown?: (
    request: number,
  ) => { readonly when: "before" | "after"; readonly error: unknown } | undefined;
  /** Changes the answer's entries on their way back. */
  readonly tamper?: (results: readonly object[], request: number) => unknown;
}

export interface FakeBus extends AwsTransport {
  readonly requests: (readonly PutEventsEntry[])[];
  /** Everything that the bus took, in order, a repeat twice. */
  readonly taken: PutEventsEntry[];
}

/** PutEvents as far as a publisher can see it. Enforces AWS's limits on its own, so that a test cannot exceed them. */
export function fakeBus(options: FakeBusOptions = {}): FakeBus {
  const requests: (readonly PutEventsEntry[])[] = [];
  const taken: PutEventsEntry[] = [];
  return {
    requests,
    taken,
    async call(operation, input) {
      const entries = (input as { readonly Entries: readonly PutEventsEntry[] }).Entries;
      if (
        operation !== "PutEvents" ||
        entries.length < 1 ||
        entries.length > 10 ||
        bytesOf(entries) >= 1_000_000
      ) {
        throw clientFault("ValidationException");
      }
      requests.push(entries);
      const request = requests.length;
      const breakdown = options.breakdown?.(request);
      if (breakdown?.when === "before") throw breakdown.error;
      const results = entries.map((entry) => {
        const fate = options.fate?.(entry, request) ?? "taken";
        if (fate !== "taken") return { ErrorCode: fate.code, ErrorMessage: "refused" };
        taken.push(entry);
        return { EventId: `eb-${idOf(entry)}` };
      });
      if (breakdown?.when === "after") throw breakdown.error;
      const FailedEntryCount = results.filter((result) => "ErrorCode" in result).length;
      return { FailedEntryCount, Entries: options.tamper?.(results, request) ?? results };
    },
  };
}

/** The id that the publisher gave an entry. */
export function idOf(entry: PutEventsEntry): string {
  return (JSON.parse(entry.Detail) as { readonly _meta: { readonly id: string } })._meta.id;
}

/** An error as the AWS client throws it for what is the caller's fault. */
export function clientFault(name: string): Error {
  return Object.assign(new Error(name), { name, $fault: "client", $metadata: { httpStatusCode: 400 } });
}

/** AWS's own formula, written down a second time on purpose: EventBridge User Guide, "Calculating entry size". */
function bytesOf(entries: readonly PutEventsEntry[]): number {
  let bytes = 0;
  for (const { Time, Source, DetailType, Detail, Resources } of entries) {
    if (Time !== undefined) bytes += 14;
    for (const text of [Source, DetailType, Detail, ...(Resources ?? [])])
      bytes += new TextEncoder().encode(text).length;
  }
  return bytes;
}
