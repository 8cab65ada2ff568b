import { at } from "../at.ts";

/** Numbers of which the lowest is at hand. */
export interface LowestFirst {
  first(): number | undefined;
  take(): number | undefined;
  add(value: number): void;
}

/** A binary heap (Williams 1964, "Algorithm 232: Heapsort"). `ascending` numbers are one as they stand. */
export function lowestFirst(ascending: readonly number[]): LowestFirst {
  const heap = [...ascending];

  function swap(a: number, b: number): void {
    const value = at(heap, a);
    heap[a] = at(heap, b);
    heap[b] = value;
  }

  function sink(): void {
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      if (left >= heap.length) return;
      const right = left + 1;
      const lower = right < heap.length && at(heap, right) < at(heap, left) ? right : left;
      if (at(heap, parent) <= at(heap, lower)) return;
      swap(parent, lower);
      parent = lower;
    }
  }

  return {
    first: () => heap[0],
    take() {
      const [lowest] = heap;
      const last = heap.pop();
      if (heap.length > 0 && last !== undefined) {
        heap[0] = last;
        sink();
      }
      return lowest;
    },
    add(value) {
      heap.push(value);
      for (let child = heap.length - 1; child > 0; ) {
        const parent = (child - 1) >> 1;
        if (at(heap, parent) <= value) return;
        swap(parent, child);
        child = parent;
      }
    },
  };
}
