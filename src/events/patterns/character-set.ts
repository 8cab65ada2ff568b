/** Code points, as first and last of each range, in order: [48, 57, 97, 102] are the digits and a to f. */
export type CharacterSet = readonly number[];

export const LAST_CODE_POINT = 0x10ffff;

export function unionOf(sets: readonly CharacterSet[]): CharacterSet {
  const merged: [number, number][] = [];
  for (const [first, last] of sets.flatMap(rangesOf).sort((a, b) => a[0] - b[0])) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged.flat();
}

export function complementOf(set: CharacterSet): CharacterSet {
  const gaps: number[] = [];
  let next = 0;
  for (const [first, last] of rangesOf(set)) {
    if (first > next) gaps.push(next, first - 1);
    next = last + 1;
  }
  if (next <= LAST_CODE_POINT) gaps.push(next, LAST_CODE_POINT);
  return gaps;
}

/** Whether any code point is in two of the sets. */
export function anyOverlap(sets: readonly CharacterSet[]): boolean {
  const ranges = sets.flatMap(rangesOf).sort((a, b) => a[0] - b[0]);
  return ranges.some(([first], index) => first <= (ranges[index - 1]?.[1] ?? -1));
}

export function includes(set: CharacterSet, codePoint: number): boolean {
  for (let at = 0; at < set.length; at += 2) {
    if (codePoint < (set[at] ?? 0)) return false;
    if (codePoint <= (set[at + 1] ?? 0)) return true;
  }
  return false;
}

function rangesOf(set: CharacterSet): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = [];
  for (let at = 0; at < set.length; at += 2) ranges.push([set[at] ?? 0, set[at + 1] ?? 0]);
  return ranges;
}
