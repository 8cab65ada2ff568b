/** First in, first out, without the cost of shifting an array. */
export interface Fifo<T> extends Iterable<T> {
  readonly length: number;
  readonly first: T | undefined;
  push(item: T): void;
  /** The first one, which must be there. */
  shift(): T;
}

/** From here on a half that is taken is worth copying the other half. */
const WORTH_COPYING = 1_024;

export function fifo<T>(): Fifo<T> {
  let items: (T | undefined)[] = [];
  let head = 0;
  return {
    get length() {
      return items.length - head;
    },
    get first() {
      return items[head];
    },
    push(item) {
      items.push(item);
    },
    shift() {
      const item = items[head] as T;
      items[head] = undefined;
      head += 1;
      if (head === items.length || (head >= WORTH_COPYING && head * 2 >= items.length)) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
    *[Symbol.iterator]() {
      for (let index = head; index < items.length; index++) yield items[index] as T;
    },
  };
}
