import { askRuler } from "./ruler.ts";

type Branch = ReadonlyMap<string, unknown>;

/**
 * What event-ruler says when every choice of a pattern is a pattern of its own: alternatives of a field and of `$or`
 * are choices, so an event matches the whole exactly when it matches one of them.
 *
 * In one pattern event-ruler merges the alternatives of a field into one automaton, and a few kinds of operands then
 * take each other's values: `[{"wildcard": "*a"}, {"prefix": {"equals-ignore-case": "a0"}}]` takes "aa0".
 */
export async function askOneByOne(pattern: object, events: readonly unknown[]): Promise<readonly boolean[]> {
  let matched: readonly boolean[] = events.map(() => false);
  for (const branch of choices(pattern, "", [new Map()])) {
    const judgement = await askRuler(Object.fromEntries(branch), events);
    if ("refused" in judgement) throw new Error(`one choice alone is refused: ${judgement.refused}`);
    matched = matched.map((before, index) => before || judgement.current[index] === true);
  }
  return matched;
}

/** The paths of a later field replace those of an earlier one of the same name, as in event-ruler. */
function choices(object: object, path: string, start: readonly Branch[]): readonly Branch[] {
  let branches = start;
  for (const [key, value] of Object.entries(object)) {
    const name = path === "" ? key : `${path}.${key}`;
    if (key === "$or") {
      const before = branches;
      branches = (value as object[]).flatMap((alternative) => choices(alternative, path, before));
    } else if (Array.isArray(value)) {
      branches = branches.flatMap((branch) => value.map((one) => new Map(branch).set(name, [one])));
    } else {
      branches = choices(value, name, branches);
    }
  }
  return branches;
}
