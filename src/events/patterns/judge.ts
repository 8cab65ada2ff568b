import type { Automaton, Branch } from "./automaton.ts";
import { mayBeExponential } from "./exponential.ts";
import { parsePattern } from "./parse-pattern.ts";
import {
  type Assertion,
  assertionsOf,
  longest,
  type Pattern,
  reversed,
  UnsupportedPatternError,
} from "./pattern.ts";
import { type Positions, positionsOf } from "./positions.ts";

/** A pattern that may begin anywhere is begun at each character: it is left to RegExp when it ends soon. */
const SHORT = 100;

/** Ways that RegExp may try at most, where their number grows with a power of the string's length. */
const MOST_WAYS = 10_000_000;

/**
 * How strings are matched with a pattern in bounded time: undefined when RegExp takes time that grows with their
 * length alone, else an automaton that does.
 *
 * RegExp goes back when it fails, and tries what else the pattern allows: `^(a+)+$` takes seconds for 28 characters.
 *
 * @throws SyntaxError for what is no pattern; Error for one that needs to go back and cannot be an automaton: with
 * back references, or with assertions in an ambiguous pattern.
 */
export function automatonFor(source: string, flags: string): Automaton | undefined {
  new RegExp(source, flags);
  let alternatives: readonly Alternative[];
  try {
    alternatives = alternativesOf(parsePattern(source));
  } catch (error) {
    if (error instanceof UnsupportedPatternError) throw refusal(source, error.message);
    throw error;
  }
  if (alternatives.every(({ power }) => power === 1)) return undefined;
  if (alternatives.every(({ branch }) => branch !== undefined)) {
    return { branches: alternatives.flatMap(({ branch }) => branch ?? []) };
  }
  const power = Math.max(...alternatives.map((one) => one.power));
  if (power === Number.POSITIVE_INFINITY) {
    throw refusal(
      source,
      "a lookaround, a \\b, or a ^ or $ in its middle, and ways to read a string that double with its length",
    );
  }
  return { branches: [], maxLength: Math.floor(MOST_WAYS ** (1 / power)) };
}

function refusal(source: string, what: string): Error {
  const shown = source.length > 100 ? `${source.slice(0, 100)}…` : source;
  return new Error(
    `pattern "${shown}" has ${what}: no bound on the time that it takes is known. Write it in another way, or check it in your function`,
  );
}

/** One alternative at the pattern's top. */
interface Alternative {
  /** RegExp's time grows with this power of the string's length, at most; Infinity where it may double with each character. */
  readonly power: number;
  /** Absent where there are assertions. */
  readonly branch?: Branch;
}

function alternativesOf(pattern: Pattern): readonly Alternative[] {
  return (pattern.kind === "choice" ? pattern.parts : [pattern]).map(alternativeOf);
}

function alternativeOf(pattern: Pattern): Alternative {
  const parts = pattern.kind === "sequence" ? pattern.parts : [pattern];
  const isAnchored = parts[0]?.kind === "start";
  const endsAnywhere = parts.at(-1)?.kind !== "end";
  const inner: Pattern = {
    kind: "sequence",
    parts: parts.slice(isAnchored ? 1 : 0, endsAnywhere ? undefined : -1),
  };
  const assertions = assertionsOf(inner);
  const positions = positionsOf(inner);
  const begins = isAnchored || longest(inner) <= SHORT ? 0 : 1;
  if (assertions.length > 0) return { power: begins + powerWith(assertions, positions, inner) };
  const { isDeterministic, isAmbiguous: _, ...branch } = positions;
  return {
    power: begins + (isDeterministic ? 1 : Number.POSITIVE_INFINITY),
    branch: { startsAnywhere: !isAnchored, endsAnywhere, ...branch },
  };
}

/** Every lookaround is gone through at each place where it stands, which a loop multiplies. */
function powerWith(assertions: readonly Assertion[], positions: Positions, pattern: Pattern): number {
  let power = powerOf(positions, pattern);
  for (const { pattern: assertion, isRepeated } of assertions) {
    if (assertion.kind !== "look") continue;
    const part = assertion.isBehind ? reversed(assertion.part) : assertion.part;
    const inside = powerWith(assertionsOf(part), positionsOf(part), part);
    const isShort = longest(part) <= SHORT && inside < Number.POSITIVE_INFINITY;
    power = isShort ? power : isRepeated ? power + inside : Math.max(power, inside);
  }
  return power;
}

/** Of choices outside loops each doubles the ways, whatever the string: ten make a thousand. */
const MOST_CHOICES = 10;

function powerOf(positions: Positions, pattern: Pattern): number {
  if (positions.isDeterministic) return 1;
  if (choicesIn(pattern) > MOST_CHOICES || mayBeExponential(positions)) return Number.POSITIVE_INFINITY;
  return Math.max(1, loopsIn(pattern));
}

function choicesIn(pattern: Pattern): number {
  switch (pattern.kind) {
    case "sequence":
      return pattern.parts.reduce((sum, part) => sum + choicesIn(part), 0);
    case "choice":
      return pattern.parts.reduce((sum, part) => sum + choicesIn(part), pattern.parts.length - 1);
    case "repeat":
      if (pattern.max === Number.POSITIVE_INFINITY) return choicesIn(pattern.part) * Math.max(1, pattern.min);
      return choicesIn(pattern.part) * pattern.max + pattern.max - pattern.min;
    default:
      return 0;
  }
}

/** Each loop that has no end can be left at every character. */
function loopsIn(pattern: Pattern): number {
  switch (pattern.kind) {
    case "sequence":
    case "choice":
      return pattern.parts.reduce((sum, part) => sum + loopsIn(part), 0);
    case "repeat":
      return loopsIn(pattern.part) + (pattern.max === Number.POSITIVE_INFINITY ? 1 : 0);
    default:
      return 0;
  }
}
