import { HoldfastError } from "../../core/errors.ts";

/**
 * Another event lies where this append wanted to write, or the stream is shorter than expected. Nothing was written.
 *
 * `retryable` means: read the stream again, decide again, append to what it is now. The same append again would be refused again.
 */
export class EventStreamConflictError extends HoldfastError {
  override readonly name = "EventStreamConflictError";
  readonly stream: string;
  readonly expectedVersion: number;
  /** The stream has at least so many events, as far as the refusal showed it; undefined when it showed nothing. */
  readonly foundVersion: number | undefined;
  /** Whether these very events lie there: only of `transactAppends`, which could not tell what else had been applied with them. */
  readonly isRepeat: boolean;
  constructor(
    at: { readonly stream: string; readonly expectedVersion: number },
    options: {
      readonly foundVersion?: number | undefined;
      readonly isRepeat?: boolean;
      readonly cause?: unknown;
    },
  ) {
    const { foundVersion, isRepeat = false } = options;
    super(
      "EVENT_STREAM_CONFLICT",
      `${whatOf(at.expectedVersion, foundVersion, isRepeat)} Nothing was written.`,
      {
        retryable: true,
        cause: options.cause,
      },
    );
    this.stream = at.stream;
    this.expectedVersion = at.expectedVersion;
    this.foundVersion = foundVersion;
    this.isRepeat = isRepeat;
  }
}

function whatOf(expected: number, found: number | undefined, isRepeat: boolean): string {
  if (isRepeat) {
    return (
      `The events after version ${expected} are already in the stream, and whether the other items of the transaction were ` +
      "applied with them is not known. Look before they are applied again."
    );
  }
  if (found === undefined) {
    return `The stream was expected at version ${expected}, and has fewer events. Read it again, and decide again.`;
  }
  return (
    `The stream was expected at version ${expected}, and somebody else's events follow it, up to ${found} at least. ` +
    "Read it again, and decide again."
  );
}

/** More than one transaction takes. Nothing was sent. */
export class EventAppendTooLargeError extends HoldfastError {
  override readonly name = "EventAppendTooLargeError";
  constructor(what: string) {
    super("EVENT_APPEND_TOO_LARGE", `${what} Nothing was sent.`);
  }
}

/** An event of a stream is not there, though a later one is, or one that was appended together with it. */
export class EventStreamIncompleteError extends HoldfastError {
  override readonly name = "EventStreamIncompleteError";
  readonly stream: string;
  readonly missingVersion: number;
  constructor(store: string, stream: string, missingVersion: number) {
    super(
      "EVENT_STREAM_INCOMPLETE",
      `${store}: event ${missingVersion} of a stream is missing, though a later one is there, or one that was appended together ` +
        "with it. A write that is under way shows itself like this for a moment: try again. If it stays, an event was " +
        "deleted, or the table was restored to a point in the middle of a transaction.",
      { retryable: true },
    );
    this.stream = stream;
    this.missingVersion = missingVersion;
  }
}

/** The table holds an item that is no event of this format: another use of the table, or a newer version of the package. */
export class StoredEventUnreadableError extends HoldfastError {
  override readonly name = "StoredEventUnreadableError";
  constructor(what: string) {
    super(
      "STORED_EVENT_UNREADABLE",
      `An item of the event store's table cannot be read: ${what}. ` +
        "Give events a table of their own; deploy readers before writers of a new format.",
    );
  }
}

/** A condition of a projection's own items was not met, so the event was not applied. It will not be until the projection is mended. */
export class ProjectionItemRefusedError extends HoldfastError {
  override readonly name = "ProjectionItemRefusedError";
  /** The places of those items in what `apply` returned, from 0. */
  readonly refused: readonly number[];
  constructor(refused: readonly number[], cause: unknown) {
    const which = refused.map((index) => index + 1).join(", ");
    super(
      "PROJECTION_ITEM_REFUSED",
      `The conditions of item ${which} of a projection's apply were not met, so its event was not applied, nor those after it in its ` +
        "stream. The checkpoint keeps repeats out: such items need no condition of their own against them.",
      { cause },
    );
    this.refused = refused;
  }
}
