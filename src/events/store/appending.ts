import { type Call, entered, runtimeOf } from "../../core/call.ts";
import { checkNumber, InvalidOptionError } from "../../core/errors.ts";
import { isoTime } from "../../core/runtime/runtime.ts";
import { problem } from "../check-result.ts";
import type { OutgoingEvent } from "../definition.ts";
import { EventInvalidError } from "../errors.ts";
import { checkOutgoing } from "../prepare.ts";
import type { StoredEvent } from "./stored-event.ts";

/** Events that are checked and have their place, and nothing of them written yet. */
export interface PreparedAppend {
  readonly stream: string;
  readonly expectedVersion: number;
  readonly events: readonly StoredEvent[];
}

/** The same as items of a transaction. */
export interface Appending extends PreparedAppend {
  /** The version of the last of the events, once they are written. */
  readonly version: number;
  /** Writes for one transaction, in the store's own form. */
  readonly items: readonly object[];
  /**
   * The events that refused these items, where they are to blame that a transaction failed: for each of `events` the one that lies at its
   * version, where that was shown. `firstItem`: the place of the first of the items in the transaction, from 0.
   */
  foundIn(error: unknown, firstItem: number): readonly (StoredEvent | undefined)[] | undefined;
}

/** A DynamoDB partition key has 2,048 bytes; checkpoints put a name in front of it. */
const LONGEST_STREAM = 1_024;

/** Checks the arguments of an append and its events, and gives each its version. */
export async function prepareAppend(
  where: string,
  stream: string,
  expectedVersion: number,
  events: readonly OutgoingEvent[],
  given: Call,
): Promise<PreparedAppend> {
  const runtime = runtimeOf(entered(given));
  checkStream(where, stream);
  checkNumber(where, "expectedVersion", expectedVersion, {
    min: 0,
    max: Number.MAX_SAFE_INTEGER - 100,
    integer: true,
  });
  if (!Array.isArray(events)) throw new InvalidOptionError(where, "events must be a list");
  const recordedAt = isoTime(runtime.now());
  const stored = await Promise.all(
    events.map(async (event: OutgoingEvent, index): Promise<StoredEvent> => {
      const checked = await checkOutgoing(event, runtime);
      if (!checked.ok) throw checked.error;
      const { causationId, correlationId, id } = checked.meta;
      const { time, resources } = event.meta;
      return {
        stream,
        version: expectedVersion + 1 + index,
        id,
        source: event.definition.source,
        type: event.definition.type,
        schemaVersion: event.definition.version,
        time: time === undefined ? recordedAt : isoTime(Number(time)),
        recordedAt,
        correlationId,
        ...(causationId === undefined ? {} : { causationId }),
        ...(resources === undefined ? {} : { resources: [...resources] }),
        appendedTo: expectedVersion + events.length,
        detail: checked.value,
      };
    }),
  );
  const ids = new Set(stored.map(({ id }) => id));
  if (ids.size < stored.length) {
    const twice = problem("/_meta/id", "unique", "must not be another event's of the same append");
    throw new EventInvalidError("An event", [twice]);
  }
  return { stream, expectedVersion, events: stored };
}

/** Refuses what is no name of a stream. */
export function checkStream(where: string, stream: unknown): void {
  if (typeof stream !== "string" || stream === "" || !stream.isWellFormed()) {
    throw new InvalidOptionError(where, "stream must be a text that is not empty");
  }
  if (Buffer.byteLength(stream) > LONGEST_STREAM) {
    throw new InvalidOptionError(where, `stream must have at most ${LONGEST_STREAM} bytes`);
  }
}

/** Whether the events that stood in the way are the append's own, from a time when its reply was lost. */
export type Standing = "ours" | "theirs" | "unknown";

/**
 * `found` has, for each event of the append, the one that lies at its version, where that was shown. An append is all or nothing, so
 * one that is another's decides; `unknown` where only some were shown, and they are ours.
 */
export function standingOf(
  { events }: PreparedAppend,
  found: readonly (StoredEvent | undefined)[],
): Standing {
  let ours = 0;
  for (const [index, event] of events.entries()) {
    const there = found[index];
    if (there === undefined) continue;
    if (!isSame(event, there)) return "theirs";
    ours += 1;
  }
  if (ours === 0) return "theirs";
  return ours === events.length ? "ours" : "unknown";
}

/** An id alone may have been used for two kinds of event, in one stream's different places. */
function isSame(event: StoredEvent, other: StoredEvent): boolean {
  return (
    event.version === other.version &&
    event.id === other.id &&
    event.source === other.source &&
    event.type === other.type
  );
}

/** The highest version that a refusal has shown. */
export function highestOf(found: readonly (StoredEvent | undefined)[]): number | undefined {
  const versions = found.flatMap((event) => (event === undefined ? [] : [event.appendedTo]));
  return versions.length === 0 ? undefined : Math.max(...versions);
}
