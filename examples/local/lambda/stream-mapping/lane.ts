import { createHash } from "node:crypto";

/**
 * Which of a shard's lanes works on a record: up to ten batches of a shard run at once, and the same key always
 * takes the same lane, so that its records stay in order ('ParallelizationFactor').
 */
export function laneOf(orderingKey: string, lanes: number): number {
  if (lanes === 1) return 0;
  return createHash("md5").update(orderingKey).digest().readUInt32BE() % lanes;
}
