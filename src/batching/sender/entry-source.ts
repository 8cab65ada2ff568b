import { InvalidOptionError } from "../../core/errors.ts";
import { dropRejection } from "../../core/observer.ts";

/** Entries to be sent, read one after the other. */
export interface EntrySource {
  /** Whether nothing more comes: it has ended, failed or was closed. */
  readonly isDone: boolean;
  /** What it failed with. */
  readonly failure: { readonly error: unknown } | undefined;
  /** Reads as long as it may. */
  read(): void;
  /** Lets the source clean up. Waits for that, unless the source still owes an entry: it may owe it for ever. */
  close(): Promise<void>;
}

/** Whom a source tells. */
export interface SourceEvents<E> {
  mayRead(): boolean;
  took(entry: E): void;
  /** An entry has come later than it was asked for, or the source has ended. */
  changed(): void;
}

/** Reads an iterable, async or not, never two entries at once. */
export function entrySource<E>(from: AsyncIterable<E> | Iterable<E>, events: SourceEvents<E>): EntrySource {
  let iterator: AsyncIterator<E> | Iterator<E> | undefined;
  let isReading = false;
  let isDone = false;
  let failure: { readonly error: unknown } | undefined;

  function read(): void {
    while (!isDone && !isReading && events.mayRead()) {
      try {
        iterator ??= Symbol.asyncIterator in from ? from[Symbol.asyncIterator]() : from[Symbol.iterator]();
        const step = iterator.next();
        if (!("then" in step)) take(step);
        else {
          isReading = true;
          step.then(arrived, failedLater);
        }
      } catch (error) {
        fail(error);
      }
    }
  }

  function take(step: IteratorResult<E>): void {
    if (step.done === true) isDone = true;
    else events.took(step.value);
  }

  function arrived(step: IteratorResult<E>): void {
    isReading = false;
    try {
      take(step);
    } catch (error) {
      fail(error);
    }
    events.changed();
  }

  function failedLater(error: unknown): void {
    isReading = false;
    fail(error);
    events.changed();
  }

  /** What fails has closed itself. */
  function fail(error: unknown): void {
    if (!isDone) failure = { error };
    isDone = true;
  }

  return {
    get isDone() {
      return isDone;
    },
    get failure() {
      return failure;
    },
    read,
    async close() {
      if (isDone) return;
      isDone = true;
      const closing = iterator?.return?.();
      if (isReading) dropRejection(closing);
      else await closing;
    },
  };
}

/** Refuses what is no source of entries where it is given. */
export function checkSource(where: string, from: unknown): void {
  const source = Object(from) as Partial<AsyncIterable<unknown> & Iterable<unknown>>;
  if (typeof source[Symbol.asyncIterator] === "function" || typeof source[Symbol.iterator] === "function") {
    return;
  }
  throw new InvalidOptionError(
    where,
    "its source must be an iterable, async or not: an array, a generator, a stream of objects",
  );
}
