/** The limits of one request, and whether it may hold entries that must keep their order. */
export interface ChunkLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly keepsOrder?: boolean;
}

/** What is known of an entry. */
export interface Packable<T> {
  readonly size: number;
  readonly isWaiting: boolean;
  /** The one that comes after it in its order. */
  readonly next: T | undefined;
}

/** What the next request takes. */
export interface Chunk<T> {
  readonly entries: readonly T[];
  /** How many of the line they are: with `keepsOrder` those that come after one in its order are not in the line. */
  readonly fromLine: number;
  /** Whether nothing that comes later could go with them. */
  readonly isFull: boolean;
}

/**
 * Packs the next request: from the front of the line, until one limit is reached.
 *
 * Next-fit, never reordered. At least one entry when any waits, for none is larger than a whole request.
 */
export function packed<T extends Packable<T>>(
  line: Iterable<T>,
  { maxEntries, maxBytes, keepsOrder = false }: ChunkLimits,
): Chunk<T> {
  const entries: T[] = [];
  let bytes = 0;
  let fromLine = 0;
  for (const first of line) {
    for (let one: T | undefined = first; one?.isWaiting; one = keepsOrder ? one.next : undefined) {
      const fits = entries.length < maxEntries && bytes + one.size <= maxBytes;
      if (!fits && entries.length > 0) return { entries, fromLine, isFull: true };
      if (one === first) fromLine += 1;
      entries.push(one);
      bytes += one.size;
    }
  }
  return { entries, fromLine, isFull: entries.length >= maxEntries };
}
