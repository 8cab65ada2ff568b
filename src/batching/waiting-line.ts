/** Entries that wait to be sent, by index. */
export interface WaitingLine {
  readonly isEmpty: boolean;
  /** The entries in the order in which they will be taken. */
  peek(): Iterable<number>;
  take(count: number): number[];
  /** At the end of the line. */
  join(index: number): void;
  /** To the front: sent before and to be sent again. */
  rejoin(indexes: readonly number[]): void;
}

/** A line without the cost of shifting an array: taken entries are only skipped. */
export function waitingLine(first: readonly number[]): WaitingLine {
  let line = [...first];
  let head = 0;
  return {
    get isEmpty() {
      return head === line.length;
    },
    *peek() {
      for (let index = head; index < line.length; index++) yield line[index] as number;
    },
    take(count) {
      const taken = line.slice(head, head + count);
      head += taken.length;
      return taken;
    },
    join(index) {
      line.push(index);
    },
    rejoin(indexes) {
      line = [...indexes, ...line.slice(head)];
      head = 0;
    },
  };
}
