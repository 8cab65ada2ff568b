import type { Call } from "../../core/call.ts";
import type { OutgoingEvent } from "../definition.ts";
import type { Appending } from "./appending.ts";
import type { RebuildOptions, Rebuilt } from "./rebuild.ts";
import type { StoredEvent } from "./stored-event.ts";

/** What an append has come to. */
export interface Appended {
  /** The version of the last of the events: what to expect when the stream is appended to again. */
  readonly version: number;
  /** As they lie in the stream, from an earlier append of the same ones where there was one. */
  readonly events: readonly StoredEvent[];
  /** Whether they were there already: an earlier reply was lost, or the caller ran again. */
  readonly isRepeat: boolean;
}

/** Which part of a stream, by versions, both included. */
export interface ReadOptions {
  /** Default: 1. */
  readonly from?: number;
  /** May be in the middle of what was appended together. Default: the end, as it is when it is reached. */
  readonly to?: number;
  /** Events a request asks for at most. Default: as many as 1 MB holds. */
  readonly pageSize?: number;
}

export interface ScanOptions {
  /** Goes on where a page said that it ended. */
  readonly cursor?: string;
  /** Events a page has at most. Default: as many as 1 MB holds. */
  readonly pageSize?: number;
}

/** Events of any streams, in no order. */
export interface ScanPage {
  readonly events: readonly StoredEvent[];
  /** Where the next page begins; undefined when this is the last. */
  readonly cursor: string | undefined;
}

/** Streams of events, each only ever appended to. */
export interface EventStore {
  readonly name: string;
  /**
   * Appends events to a stream that has exactly `expectedVersion` events (0: none), all of them or none. No events append nothing,
   * and nothing is checked.
   *
   * The same events, by their ids, already there at these versions are this call's own success, also when the stream has gone on
   * since. So give an event of a function that may run again an id of its own: `order-placed/${orderId}`.
   *
   * @throws EventStreamConflictError (`EVENT_STREAM_CONFLICT`): read again, decide again. EventInvalidError (`EVENT_INVALID`).
   * EventAppendTooLargeError (`EVENT_APPEND_TOO_LARGE`). All before or without anything being written. Others as the client made them.
   */
  append(
    stream: string,
    expectedVersion: number,
    events: readonly OutgoingEvent[],
    call: Call,
  ): Promise<Appended>;
  /** The same as items of a transaction: see `transactAppends`. Nothing is sent. */
  appending(
    stream: string,
    expectedVersion: number,
    events: readonly OutgoingEvent[],
    call: Call,
  ): Promise<Appending>;
  /**
   * The events of a stream in order, without gaps, consistently read. A page is asked for when the one before it is used up.
   *
   * What was appended together is shown together: while such a write is half visible, the rest is waited for.
   *
   * @throws EventStreamIncompleteError (`EVENT_STREAM_INCOMPLETE`) when an event stays missing.
   */
  read(stream: string, options: ReadOptions, call: Call): AsyncIterable<StoredEvent>;
  /** What a reducer makes of a stream, now or as of then. */
  rebuild<S>(stream: string, options: RebuildOptions<S>, call: Call): Promise<Rebuilt<S>>;
  /** All events of all streams that were appended before the scan began, and perhaps later ones; page by page, in no order. */
  scan(options: ScanOptions, call: Call): AsyncIterable<ScanPage>;
}
