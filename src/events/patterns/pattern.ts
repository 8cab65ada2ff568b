import type { CharacterSet } from "./character-set.ts";

/** A regular expression as a tree. */
export type Pattern =
  | { readonly kind: "characters"; readonly set: CharacterSet }
  | { readonly kind: "sequence"; readonly parts: readonly Pattern[] }
  | { readonly kind: "choice"; readonly parts: readonly Pattern[] }
  | { readonly kind: "repeat"; readonly part: Pattern; readonly min: number; readonly max: number }
  | { readonly kind: "start" | "end" | "boundary" }
  | { readonly kind: "look"; readonly part: Pattern; readonly isBehind: boolean };

/** What is not analysed: a schema that has it is refused. */
export class UnsupportedPatternError extends Error {
  override readonly name = "UnsupportedPatternError";
}

/** How many code points it can take at most. */
export function longest(pattern: Pattern): number {
  switch (pattern.kind) {
    case "characters":
      return 1;
    case "sequence":
      return pattern.parts.reduce((sum, part) => sum + longest(part), 0);
    case "choice":
      return Math.max(0, ...pattern.parts.map(longest));
    case "repeat": {
      const one = longest(pattern.part);
      return one === 0 ? 0 : one * pattern.max;
    }
    default:
      return 0;
  }
}

/** As it is matched from its end backwards, as lookbehinds are. */
export function reversed(pattern: Pattern): Pattern {
  switch (pattern.kind) {
    case "sequence":
      return { kind: "sequence", parts: pattern.parts.map(reversed).reverse() };
    case "choice":
      return { kind: "choice", parts: pattern.parts.map(reversed) };
    case "repeat":
      return { ...pattern, part: reversed(pattern.part) };
    default:
      return pattern;
  }
}

/** What in it takes no character, and whether it is inside a repetition. */
export interface Assertion {
  readonly pattern: Extract<Pattern, { kind: "start" | "end" | "boundary" | "look" }>;
  readonly isRepeated: boolean;
}

export function assertionsOf(pattern: Pattern, isRepeated = false): readonly Assertion[] {
  switch (pattern.kind) {
    case "characters":
      return [];
    case "sequence":
    case "choice":
      return pattern.parts.flatMap((part) => assertionsOf(part, isRepeated));
    case "repeat":
      return assertionsOf(pattern.part, true);
    default:
      return [{ pattern, isRepeated }];
  }
}
