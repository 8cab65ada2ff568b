import { isMatch } from "../schema/pattern-match.ts";

/** How often what repeats without an end is written in the longer of the texts. */
const MORE = 3;
const MOST = 200;

/**
 * Texts that a pattern matches: a short one, and a longer one. None where the pattern has parts that are not understood
 * here: look-around, back-references, properties of Unicode.
 */
export function samplesOfPattern(pattern: string): readonly string[] {
  const texts = [false, true].flatMap((isLong) => {
    const read = alternatives({ pattern, at: 0, isLong });
    return read !== undefined && read.at === pattern.length ? [read.text] : [];
  });
  return texts.filter((text) => isMatch(pattern, text) === true);
}

interface Place {
  readonly pattern: string;
  readonly at: number;
  readonly isLong: boolean;
}

/** What a part of the pattern is written as, and where the next part begins. */
interface Read {
  readonly text: string;
  readonly at: number;
}

/** The first alternative; the others are read over. */
function alternatives(place: Place): Read | undefined {
  const first = sequence(place);
  if (first === undefined) return undefined;
  let { at } = first;
  while (place.pattern[at] === "|") {
    const next = sequence({ ...place, at: at + 1 });
    if (next === undefined) return undefined;
    at = next.at;
  }
  return { text: first.text, at };
}

function sequence(place: Place): Read | undefined {
  const { pattern } = place;
  let { at } = place;
  let text = "";
  while (at < pattern.length && pattern[at] !== "|" && pattern[at] !== ")") {
    const one = atom({ ...place, at });
    if (one === undefined) return undefined;
    const repeated = times({ ...place, at: one.at });
    text += one.text.repeat(repeated.count);
    at = repeated.at;
  }
  return { text, at };
}

function atom({ pattern, at, isLong }: Place): Read | undefined {
  const character = String.fromCodePoint(pattern.codePointAt(at) ?? 0);
  switch (character) {
    case "^":
    case "$":
      return { text: "", at: at + 1 };
    case ".":
      return { text: "a", at: at + 1 };
    case "[":
      return ofClass(pattern, at);
    case "\\":
      return escaped(pattern, at);
    case "(": {
      const start = pattern.startsWith("(?:", at) ? at + 3 : pattern[at + 1] === "?" ? undefined : at + 1;
      const group = start === undefined ? undefined : alternatives({ pattern, at: start, isLong });
      return group === undefined || pattern[group.at] !== ")" ? undefined : { ...group, at: group.at + 1 };
    }
    default:
      return "*+?{".includes(character) ? undefined : { text: character, at: at + character.length };
  }
}

const CLASSES: Readonly<Record<string, string>> = { d: "0", D: "a", w: "a", W: "-", s: " ", S: "a" };
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", f: "\f", v: "\v" };

function escaped(pattern: string, at: number): Read | undefined {
  const letter = pattern[at + 1] ?? "";
  const hex = /^\\(?:x([0-9a-f]{2})|u([0-9a-f]{4}))/i.exec(pattern.slice(at));
  if (hex !== null) {
    return {
      text: String.fromCharCode(Number.parseInt(hex[1] ?? hex[2] ?? "", 16)),
      at: at + hex[0].length,
    };
  }
  if (letter === "b" || letter === "B") return { text: "", at: at + 2 };
  const text = CLASSES[letter] ?? CONTROLS[letter] ?? letter;
  return /[a-z0-9]/i.test(letter) && text === letter ? undefined : { text, at: at + 2 };
}

/** What is tried for a class of characters, whatever it says: the class itself decides. */
const PROBES = [..."aA0bB1zZ9-_. /:@,+", "é", "\n", "\u{1f600}"];

function ofClass(pattern: string, at: number): Read | undefined {
  let end = at + 1;
  while (end < pattern.length && pattern[end] !== "]") end += pattern[end] === "\\" ? 2 : 1;
  const written = pattern.slice(at, end + 1);
  const own = [...written.slice(1, -1)].filter((character) => !"^\\-[]".includes(character));
  const found = [...PROBES, ...own].find((character) => isMatch(`^${written}$`, character) === true);
  return found === undefined ? undefined : { text: found, at: end + 1 };
}

function times({ pattern, at, isLong }: Place): { readonly count: number; readonly at: number } {
  const match = /^(?:([*+?])|\{(\d+)(,)?(\d*)\})\??/.exec(pattern.slice(at));
  if (match === null) return { count: 1, at };
  const [written, sign, from, comma, to] = match;
  const least = sign === undefined ? Number(from) : sign === "+" ? 1 : 0;
  const most = sign === "?" ? 1 : sign !== undefined || (comma !== undefined && to === "") ? least + MORE : 0;
  const limit = most > 0 ? most : comma === undefined ? least : Number(to);
  return { count: Math.min(isLong ? limit : least, MOST), at: at + written.length };
}
