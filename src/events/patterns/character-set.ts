/** Code points, as first and last of each range, in order: [48, 57, 97, 102] are the digits and a to f. */
export type CharacterSet = readonly number[];

const LAST_CODE_POINT = 0x10ffff;

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

/** The sets of ECMAScript's escapes, without the flag `i` (ECMA-262, CharacterClassEscape, WhiteSpace, LineTerminator). */
export const DIGITS: CharacterSet = [0x30, 0x39];
export const WORD: CharacterSet = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
export const SPACE: CharacterSet = [
  0x9, 0xd, 0x20, 0x20, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f,
  0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff,
];
export const NOT_LINE_END: CharacterSet = complementOf([0xa, 0xa, 0xd, 0xd, 0x2028, 0x2029]);

/** A property of Unicode, \p{…}, asked of the platform's own RegExp: it takes some 50 ms, and is done when a schema is compiled. */
export function propertySet(property: string): CharacterSet {
  const has = new RegExp(property, "u");
  const set: number[] = [];
  for (let codePoint = 0; codePoint <= LAST_CODE_POINT; codePoint += 1) {
    if (!has.test(String.fromCodePoint(codePoint))) continue;
    if (set.at(-1) === codePoint - 1) set[set.length - 1] = codePoint;
    else set.push(codePoint, codePoint);
  }
  return set;
}
