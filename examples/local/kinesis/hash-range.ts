import { createHash } from "node:crypto";

/** A part of the 128-bit space of hash keys, both ends included. */
export interface HashRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** Partition keys are hashed by MD5 to 128-bit numbers (Kinesis API, 'PutRecord'). */
export const HASH_KEYS = 2n ** 128n;

export function hashKeyOf(partitionKey: string): bigint {
  return BigInt(`0x${createHash("md5").update(partitionKey, "utf8").digest("hex")}`);
}

/** The whole space in equal parts; the last takes what does not divide. */
export function evenRanges(count: number): readonly HashRange[] {
  const width = HASH_KEYS / BigInt(count);
  return Array.from({ length: count }, (_, index) => ({
    start: width * BigInt(index),
    end: index === count - 1 ? HASH_KEYS - 1n : width * BigInt(index + 1) - 1n,
  }));
}

export function holds({ start, end }: HashRange, hashKey: bigint): boolean {
  return hashKey >= start && hashKey <= end;
}

/** Undefined when the second part would be empty or the first: a split needs a key within, after the start. */
export function splitRange(range: HashRange, newStart: bigint): readonly [HashRange, HashRange] | undefined {
  if (newStart <= range.start || newStart > range.end) return undefined;
  return [
    { start: range.start, end: newStart - 1n },
    { start: newStart, end: range.end },
  ];
}

/** Undefined when they do not lie side by side. */
export function mergeRanges(one: HashRange, other: HashRange): HashRange | undefined {
  const [low, high] = one.start < other.start ? [one, other] : [other, one];
  return low.end + 1n === high.start ? { start: low.start, end: high.end } : undefined;
}
