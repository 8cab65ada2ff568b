import { CheckLimitError } from "../check-limit.ts";
import type { Automaton, Branch } from "./automaton.ts";
import { includes } from "./character-set.ts";

/** Steps of an automaton for one string: a fifth of a second. */
const MOST_STEPS = 20_000_000;

/** What matches strings with a pattern of a schema, in the way that was chosen when the schema was compiled. */
export function matcher(
  source: string,
  flags: string,
  automata: Readonly<Record<string, Automaton>>,
): { test(text: string): boolean } {
  const automaton = Object.hasOwn(automata, source) ? automata[source] : undefined;
  if (automaton === undefined) return new RegExp(source, flags);
  const { branches, maxLength } = automaton;
  if (maxLength === undefined) {
    const runs = branches.map(runner);
    return { test: (text) => runs.some((run) => run(text)) };
  }
  const expression = new RegExp(source, flags);
  return {
    test(text) {
      if (text.length <= maxLength) return expression.test(text);
      throw new CheckLimitError(
        "pattern",
        `has a string longer than the ${maxLength} characters for which the pattern "${source.slice(0, 100)}" is run`,
      );
    },
  };
}

/** Goes through a text once, at all positions that can have been reached at once. */
function runner(branch: Branch): (text: string) => boolean {
  const { startsAnywhere, endsAnywhere, isNullable, sets, setOf, first, last, follow } = branch;
  const canEnd = new Set(last);
  const ascii = sets.map((set) => Uint8Array.from({ length: 128 }, (_, code) => Number(includes(set, code))));

  function takes(position: number, codePoint: number): boolean {
    const index = setOf[position] ?? 0;
    return codePoint < 128 ? ascii[index]?.[codePoint] === 1 : includes(sets[index] ?? [], codePoint);
  }

  return (text) => {
    if (isNullable && (startsAnywhere || endsAnywhere || text === "")) return true;
    const reachedAt = new Int32Array(setOf.length).fill(-1);
    let reached: number[] = [];
    let steps = 0;
    for (let at = 0; at < text.length; at += 1) {
      const begun = at;
      const codePoint = text.codePointAt(at) ?? 0;
      if (codePoint > 0xffff) at += 1;
      const next: number[] = [];
      const enter = (positions: readonly number[]): void => {
        steps += positions.length;
        for (const position of positions) {
          if (reachedAt[position] === begun || !takes(position, codePoint)) continue;
          reachedAt[position] = begun;
          next.push(position);
        }
      };
      if (startsAnywhere || begun === 0) enter(first);
      for (const position of reached) enter(follow[position] ?? []);
      if (steps > MOST_STEPS)
        throw new CheckLimitError("pattern", "has a string that takes too long to be matched");
      if (endsAnywhere && next.some((position) => canEnd.has(position))) return true;
      if (next.length === 0 && !startsAnywhere) return false;
      reached = next;
    }
    return reached.some((position) => canEnd.has(position));
  };
}
