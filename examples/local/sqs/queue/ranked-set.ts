/**
 * Items, each at most once, of which the one with the lowest rank comes first: a binary heap that also knows where each
 * item is, so that one in the middle can be taken out and nothing of it stays behind. Adding, moving and taking out
 * cost O(log n).
 */
export interface RankedSet<T> {
  readonly size: number;
  /** Adds an item, or gives it another rank. */
  set(item: T, rank: number): void;
  /** False when it was not in the set. */
  delete(item: T): boolean;
  has(item: T): boolean;
  first(): T | undefined;
  firstRank(): number | undefined;
  clear(): void;
  /** In no order. */
  items(): Iterable<T>;
}

interface Entry<T> {
  readonly item: T;
  rank: number;
  at: number;
}

export function rankedSet<T>(): RankedSet<T> {
  const entries = new Map<T, Entry<T>>();
  const heap: Entry<T>[] = [];

  function place(entry: Entry<T>, at: number): void {
    heap[at] = entry;
    entry.at = at;
  }

  function rise(entry: Entry<T>): void {
    let { at } = entry;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || parent.rank <= entry.rank) break;
      place(parent, at);
      at = above;
    }
    place(entry, at);
  }

  function sink(entry: Entry<T>): void {
    let { at } = entry;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      const lower = right !== undefined && left !== undefined && right.rank < left.rank ? right : left;
      if (lower === undefined || lower.rank >= entry.rank) break;
      const below = lower.at;
      place(lower, at);
      at = below;
    }
    place(entry, at);
  }

  return {
    get size() {
      return heap.length;
    },
    set(item, rank) {
      const known = entries.get(item);
      const entry = known ?? { item, rank, at: heap.length };
      if (known === undefined) {
        entries.set(item, entry);
        heap.push(entry);
      }
      entry.rank = rank;
      rise(entry);
      sink(entry);
    },
    delete(item) {
      const entry = entries.get(item);
      if (entry === undefined) return false;
      entries.delete(item);
      const last = heap.pop();
      if (last !== undefined && last !== entry) {
        place(last, entry.at);
        rise(last);
        sink(last);
      }
      return true;
    },
    has: (item) => entries.has(item),
    first: () => heap[0]?.item,
    firstRank: () => heap[0]?.rank,
    clear() {
      entries.clear();
      heap.length = 0;
    },
    items: () => entries.keys(),
  };
}
