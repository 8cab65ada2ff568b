import { fifo } from "../engine/fifo.ts";

/** Entries that wait to be sent. */
export interface WaitingLine<T> extends Iterable<T> {
  readonly length: number;
  /** The first one, which must be there. */
  take(): T;
  /** At the end of the line. */
  join(item: T): void;
  /** Before all that were never sent. */
  rejoin(item: T): void;
}

export function waitingLine<T>(): WaitingLine<T> {
  const again = fifo<T>();
  const fresh = fifo<T>();
  return {
    get length() {
      return again.length + fresh.length;
    },
    take: () => (again.length > 0 ? again : fresh).shift(),
    join: fresh.push,
    rejoin: again.push,
    [Symbol.iterator]: () => (again.length > 0 ? inTurn() : fresh[Symbol.iterator]()),
  };

  function* inTurn(): IterableIterator<T> {
    yield* again;
    yield* fresh;
  }
}
