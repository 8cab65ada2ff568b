import { lengthOf } from "../schema/evaluate.ts";
import type { TextShape } from "../shapes/shape.ts";
import { samplesOfPattern } from "./pattern-sample.ts";

const OF_FORMAT: Readonly<Record<string, readonly string[]>> = {
  date: ["2026-01-31"],
  "date-time": ["2026-01-31T12:00:00Z"],
  email: ["ann@example.com"],
  uuid: ["3f2504e0-4f89-41d3-9a0c-0305e82c3301"],
  uri: ["https://example.com/a"],
};

/** Longer texts are not made. */
const LONGEST = 2_000;

/** Texts that may be of a shape; whether they are, the schema decides. Around each length of `lengths` there is one. */
export function textSamples(shape: TextShape, lengths: readonly number[]): readonly string[] {
  const bases = [
    ...shape.formats.flatMap((format) => OF_FORMAT[format] ?? []),
    ...shape.patterns.flatMap(samplesOfPattern),
    "a",
    "A",
    "0",
    "text",
  ];
  const wanted = [
    shape.minLength,
    shape.maxLength,
    ...lengths.flatMap((length) => [length - 1, length, length + 1]),
  ];
  const usable = [...new Set(wanted)].filter((length) => length >= 0 && length <= LONGEST);
  return [...bases, "", ...usable.flatMap((length) => bases.map((base) => fitted(base, length))), ...OTHERS];
}

/** Texts that patterns and formats often refuse. */
const OTHERS = ["-", "é", "a b", "b", "c", "d", "1", "2", "bb", "ccc", "\u{1f600}"];

/** A text of another length that begins, and ends, like this one. */
function fitted(text: string, length: number): string {
  const characters = [...text];
  if (lengthOf(text) >= length) return characters.slice(0, length).join("");
  const last = characters.at(-1) ?? "a";
  return text + last.repeat(length - lengthOf(text));
}
