import { rankedSet } from "./ranked-set.ts";

/** Values that are forgotten at a time of their own: the next use after it takes them out. */
export interface ExpiringMap<V> {
  get(key: string, nowMs: number): V | undefined;
  set(key: string, value: V, untilMs: number): void;
  delete(key: string): void;
}

export function expiringMap<V>(): ExpiringMap<V> {
  const values = new Map<string, V>();
  const ends = rankedSet<string>();
  return {
    get(key, nowMs) {
      for (let first = ends.first(); first !== undefined; first = ends.first()) {
        if ((ends.firstRank() ?? 0) > nowMs) break;
        ends.delete(first);
        values.delete(first);
      }
      return values.get(key);
    },
    set(key, value, untilMs) {
      values.set(key, value);
      ends.set(key, untilMs);
    },
    delete(key) {
      values.delete(key);
      ends.delete(key);
    },
  };
}
