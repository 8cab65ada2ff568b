/**
 * A number from 0 up to 1 that depends on the seed and the words alone: what else was drawn before changes nothing,
 * so one fault more in a plan does not shift the others, and the n-th request of a kind meets the same fate in
 * every run.
 */
export function drawn(seed: number, ...words: readonly (string | number)[]): number {
  // FNV-1a over the words, then the finaliser of MurmurHash3, which spreads the last bits over all.
  let hash = 0x811c9dc5 ^ seed;
  for (const char of words.join("\u0000")) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** The items in one of their other orders, chosen by a number from 0 up to 1. */
export function shuffled<T>(items: readonly T[], order: number): readonly T[] {
  return items
    .map((item, index) => ({ item, place: drawn(Math.floor(order * 2 ** 31), index) }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
