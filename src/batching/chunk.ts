/** The limits of one request. */
export interface ChunkLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/**
 * How many of the waiting entries the next request takes: from the front, until one limit is reached.
 *
 * Next-fit, never reordered. At least one entry when any waits, for none is larger than a whole request.
 */
export function chunkLength(sizes: Iterable<number>, limits: ChunkLimits): number {
  let count = 0;
  let bytes = 0;
  for (const size of sizes) {
    bytes += size;
    if (count > 0 && (count === limits.maxEntries || bytes > limits.maxBytes)) break;
    count += 1;
  }
  return count;
}
