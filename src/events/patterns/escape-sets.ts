import { type CharacterSet, complementOf, LAST_CODE_POINT } from "./character-set.ts";

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
