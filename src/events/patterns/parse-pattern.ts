import { type CharacterSet, complementOf, unionOf } from "./character-set.ts";
import { DIGITS, NOT_LINE_END, propertySet, SPACE, WORD } from "./escape-sets.ts";
import { type Pattern, UnsupportedPatternError } from "./pattern.ts";

/**
 * Reads a regular expression that RegExp has taken, with the flag `u` (ECMA-262, Patterns).
 *
 * @throws UnsupportedPatternError for back references, and for syntax that is newer than this.
 */
export function parsePattern(source: string): Pattern {
  const reader = readerOf(source);
  const pattern = readChoice(reader);
  if (!reader.isAtEnd()) throw new UnsupportedPatternError("syntax that is not known here");
  return pattern;
}

interface Reader {
  isAtEnd(): boolean;
  sees(text: string): boolean;
  /** Goes past a text if it is next. */
  takes(text: string): boolean;
  /** Goes past what matches here, a sticky expression. */
  match(expression: RegExp): RegExpExecArray | undefined;
  /** The next code point. */
  next(): string;
}

function readerOf(source: string): Reader {
  let at = 0;
  const sees = (text: string): boolean => source.startsWith(text, at);
  return {
    sees,
    isAtEnd: () => at >= source.length,
    takes(text) {
      if (!sees(text)) return false;
      at += text.length;
      return true;
    },
    match(expression) {
      expression.lastIndex = at;
      const found = expression.exec(source);
      if (found === null) return undefined;
      at += found[0].length;
      return found;
    },
    next() {
      const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
      at += character.length;
      return character;
    },
  };
}

function readChoice(reader: Reader): Pattern {
  const parts = [readSequence(reader)];
  while (reader.takes("|")) parts.push(readSequence(reader));
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: "choice", parts };
}

function readSequence(reader: Reader): Pattern {
  const parts: Pattern[] = [];
  while (!reader.isAtEnd() && !reader.sees("|") && !reader.sees(")")) {
    parts.push(readRepeats(reader, readTerm(reader)));
  }
  return { kind: "sequence", parts };
}

const REPEAT = /(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y;

function readRepeats(reader: Reader, part: Pattern): Pattern {
  const found = reader.match(REPEAT);
  if (found === undefined) return part;
  const [, sign, least = "", comma, most = ""] = found;
  if (sign !== undefined) {
    return {
      kind: "repeat",
      part,
      min: sign === "+" ? 1 : 0,
      max: sign === "?" ? 1 : Number.POSITIVE_INFINITY,
    };
  }
  const min = Number(least);
  const max = comma === "" ? min : most === "" ? Number.POSITIVE_INFINITY : Number(most);
  return { kind: "repeat", part, min, max };
}

const LOOK = /\(\?(<?)[=!]/y;
const GROUP = /\((?:\?:|\?<[^>=!]*>|(?!\?))/y;

function readTerm(reader: Reader): Pattern {
  if (reader.takes("^")) return { kind: "start" };
  if (reader.takes("$")) return { kind: "end" };
  if (reader.takes("\\b") || reader.takes("\\B")) return { kind: "boundary" };
  if (reader.takes(".")) return { kind: "characters", set: NOT_LINE_END };
  const look = reader.match(LOOK);
  if (look !== undefined) return { kind: "look", part: readGroup(reader), isBehind: look[1] === "<" };
  if (reader.match(GROUP) !== undefined) return readGroup(reader);
  if (reader.takes("[")) return { kind: "characters", set: readClass(reader) };
  if (reader.sees("\\")) return { kind: "characters", set: readEscape(reader) };
  if (reader.sees("(")) throw new UnsupportedPatternError("a kind of group that is not known here");
  return { kind: "characters", set: oneOf(reader.next()) };
}

function readGroup(reader: Reader): Pattern {
  const pattern = readChoice(reader);
  if (!reader.takes(")")) throw new UnsupportedPatternError("syntax that is not known here");
  return pattern;
}

function readClass(reader: Reader): CharacterSet {
  const isNegated = reader.takes("^");
  const sets: CharacterSet[] = [];
  while (!reader.takes("]")) {
    const from = readClassAtom(reader);
    if (from.length === 2 && from[0] === from[1] && reader.sees("-") && !reader.sees("-]")) {
      reader.takes("-");
      sets.push([from[0] ?? 0, readClassAtom(reader)[1] ?? 0]);
    } else sets.push(from);
  }
  const set = unionOf(sets);
  return isNegated ? complementOf(set) : set;
}

function readClassAtom(reader: Reader): CharacterSet {
  if (reader.takes("\\b")) return [8, 8];
  return reader.sees("\\") ? readEscape(reader) : oneOf(reader.next());
}

const PROPERTY = /\\[pP]\{[^}]*\}/y;
const CODE =
  /\\(?:x([0-9a-f]{2})|u\{([0-9a-f]+)\}|u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|u([0-9a-f]{4}))/iy;
const CONTROL = /\\c([a-z])/iy;
const CLASSES: Readonly<Record<string, CharacterSet>> = {
  "\\d": DIGITS,
  "\\D": complementOf(DIGITS),
  "\\w": WORD,
  "\\W": complementOf(WORD),
  "\\s": SPACE,
  "\\S": complementOf(SPACE),
  "\\t": [9, 9],
  "\\n": [10, 10],
  "\\v": [11, 11],
  "\\f": [12, 12],
  "\\r": [13, 13],
  "\\0": [0, 0],
};

function readEscape(reader: Reader): CharacterSet {
  const property = reader.match(PROPERTY);
  if (property !== undefined) return propertySet(property[0]);
  const code = reader.match(CODE);
  if (code !== undefined) {
    const [, two, braced, high = "", low, four] = code;
    const point =
      low === undefined
        ? Number.parseInt(two ?? braced ?? four ?? "", 16)
        : 0x10000 + ((Number.parseInt(high, 16) & 0x3ff) << 10) + (Number.parseInt(low, 16) & 0x3ff);
    return [point, point];
  }
  const control = reader.match(CONTROL);
  if (control !== undefined) return oneOf(String.fromCharCode((control[1] ?? "").charCodeAt(0) & 31));
  const named = Object.entries(CLASSES).find(([written]) => reader.takes(written));
  if (named !== undefined) return named[1];
  reader.next();
  if (reader.match(/[1-9k]/y) !== undefined) throw new UnsupportedPatternError("a back reference");
  return oneOf(reader.next());
}

function oneOf(character: string): CharacterSet {
  const codePoint = character.codePointAt(0) ?? 0;
  return [codePoint, codePoint];
}
