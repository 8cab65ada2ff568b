/**
 * Numbers in [0, 1) that a seed repeats.
 *
 * Mulberry32 by Tommy Ettinger: 32 bits of state, good enough for jitter, faults and test data; not for secrets.
 *
 * @example
 * ```ts
 * const delayMs = exponential().delayMs(1, seededRandom(7)); // the same in every run
 * ```
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
