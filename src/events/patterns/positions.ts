import type { Branch } from "./automaton.ts";
import { anyOverlap, type CharacterSet } from "./character-set.ts";
import { type Pattern, UnsupportedPatternError } from "./pattern.ts";

/** Positions of a pattern with its repetitions written out. */
const MOST_POSITIONS = 5_000;
const MOST_EDGES = 200_000;

/** A pattern without its assertions as an automaton, and whether RegExp goes straight through it. */
export interface Positions
  extends Pick<Branch, "isNullable" | "sets" | "setOf" | "first" | "last" | "follow"> {
  /**
   * Whether there is one way at most to read a character (A. Brüggemann-Klein, D. Wood, One-unambiguous regular
   * languages, 1998): a matcher that goes back then finds nothing else to try.
   */
  readonly isDeterministic: boolean;
  /** Whether one way through the positions is several ways through the pattern. */
  readonly isAmbiguous: boolean;
}

interface Fragment {
  /** In how many ways it can be empty; 2 stands for more. */
  readonly empty: 0 | 1 | 2;
  readonly first: readonly number[];
  readonly last: readonly number[];
}

const EMPTY: Fragment = { empty: 1, first: [], last: [] };

export function positionsOf(pattern: Pattern): Positions {
  const sets: CharacterSet[] = [];
  const setOf: number[] = [];
  const follow: Set<number>[] = [];
  let edges = 0;
  let isAmbiguous = false;

  function build(node: Pattern): Fragment {
    switch (node.kind) {
      case "characters":
        return place(node.set);
      case "sequence":
        return node.parts.reduce<Fragment>((before, part) => joined(before, build(part)), EMPTY);
      case "choice":
        return node.parts.map(build).reduce(either);
      case "repeat":
        return repeated(node.part, node.min, node.max);
      default:
        return EMPTY;
    }
  }

  function place(set: CharacterSet): Fragment {
    if (setOf.length >= MOST_POSITIONS) throw new UnsupportedPatternError("too many repetitions");
    const known = sets.indexOf(set);
    const position = setOf.push(known === -1 ? sets.push(set) - 1 : known) - 1;
    follow.push(new Set());
    return { empty: 0, first: [position], last: [position] };
  }

  function joined(one: Fragment, other: Fragment): Fragment {
    connect(one.last, other.first);
    return {
      empty: ways(one.empty * other.empty),
      first: one.empty > 0 ? [...one.first, ...other.first] : one.first,
      last: other.empty > 0 ? [...one.last, ...other.last] : other.last,
    };
  }

  function either(one: Fragment, other: Fragment): Fragment {
    return {
      empty: ways(one.empty + other.empty),
      first: [...one.first, ...other.first],
      last: [...one.last, ...other.last],
    };
  }

  function repeated(part: Pattern, min: number, max: number): Fragment {
    let rest = EMPTY;
    if (max === Number.POSITIVE_INFINITY) {
      const looped = build(part);
      connect(looped.last, looped.first);
      if (looped.empty > 0) isAmbiguous = true;
      rest = min === 0 ? either(EMPTY, looped) : looped;
    } else {
      // x{0,3} as (x(x(x)?)?)?: each is followed by the next alone.
      for (let optional = min; optional < max; optional += 1) rest = either(EMPTY, joined(build(part), rest));
    }
    for (let required = max === Number.POSITIVE_INFINITY ? 1 : 0; required < min; required += 1) {
      rest = joined(build(part), rest);
    }
    return rest;
  }

  /** The same step in two ways is as bad as two steps: `(a*)*` reads each `a` in the inner loop, or in the outer. */
  function connect(from: readonly number[], to: readonly number[]): void {
    edges += from.length * to.length;
    if (edges > MOST_EDGES) throw new UnsupportedPatternError("too many repetitions");
    for (const position of from) {
      for (const next of to) {
        if (follow[position]?.has(next)) isAmbiguous = true;
        follow[position]?.add(next);
      }
    }
  }

  function ways(count: number): 0 | 1 | 2 {
    if (count > 1) isAmbiguous = true;
    return count > 1 ? 2 : count === 1 ? 1 : 0;
  }

  const { empty, first, last } = build(pattern);
  const choices = [first, ...follow.map((next) => [...next])];
  const isDeterministic =
    !isAmbiguous &&
    choices.every((next) => next.length < 2 || !anyOverlap(next.map((one) => sets[setOf[one] ?? 0] ?? [])));
  return {
    isDeterministic,
    isAmbiguous,
    isNullable: empty > 0,
    sets,
    setOf,
    first,
    last,
    follow: choices.slice(1),
  };
}
