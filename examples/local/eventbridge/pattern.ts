import { type Elements, eventFields, type Field } from "./event-fields.ts";
import { type Branch, compileBranches } from "./pattern-branches.ts";

export { PatternError } from "./pattern-error.ts";

/** Whether an event (parsed JSON) matches; never throws, whatever it is given. */
export type Matcher = (event: unknown) => boolean;

/**
 * Compiles an event pattern (parsed JSON) once, for rules, queue mappings' filters and the like.
 *
 * Follows the AWS pages 'Amazon EventBridge event patterns' and 'Comparison operators for use in event
 * patterns', and where they are silent the matcher that EventBridge itself uses (event-ruler). What differs:
 * numbers are compared as the doubles that JSON.parse makes of them; an IPv6 address never matches an IPv4 one;
 * and two mistakes that EventBridge takes, to match nothing, are refused: `$or` that is no list of two objects,
 * and `anything-but` with an empty list.
 *
 * @throws PatternError with the JSON path of what is wrong.
 */
export function compilePattern(pattern: unknown): Matcher {
  const branches = compileBranches(pattern).map(inFieldOrder);
  const wanted = new Set(branches.flatMap((branch) => [...branch.keys()].flatMap(beginnings)));
  return (event) => {
    const fields = eventFields(event, wanted);
    return fields !== undefined && branches.some((branch) => matches(branch, fields));
  };
}

/** The order of the names decides which array elements `{"exists": false}` looks at: those matched before it. */
function inFieldOrder(branch: Branch): Branch {
  return new Map([...branch].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function beginnings(name: string): readonly string[] {
  const steps = name.split(".");
  return steps.map((_, index) => steps.slice(0, index + 1).join("."));
}

/**
 * Whether every field passes with values that agree on their array elements: fields of `items` must be found
 * in one and the same item.
 *
 * Keeps all sets of elements chosen so far, without those no later field asks for. The cost is fields times
 * sets: fine for events of thousands of array elements.
 */
function matches(branch: Branch, fields: ReadonlyMap<string, readonly Field[]>): boolean {
  const steps = [...branch].map(([name, test]) => ({ test, found: fields.get(name) ?? [] }));
  const arraysAfter = arraysNeededAfterEach(steps.map((step) => step.found));
  let chosen: readonly Elements[] = [new Map()];
  for (const [index, { test, found }] of steps.entries()) {
    const passing = new Set(found.filter((field) => test.present(field.value)));
    const next = new Map<string, Elements>();
    for (const elements of chosen) {
      let present = false;
      for (const field of found) {
        const both = agree(elements, field.elements);
        if (both === undefined) continue;
        present = true;
        if (passing.has(field)) keep(next, both, arraysAfter[index]);
      }
      if (!present && test.absent) keep(next, elements, arraysAfter[index]);
    }
    if (next.size === 0) return false;
    chosen = [...next.values()];
  }
  return true;
}

/** Both choices together, or undefined when they name different elements of one array. */
function agree(chosen: Elements, field: Elements): Elements | undefined {
  if (field.size === 0) return chosen;
  const both = new Map(chosen);
  for (const [array, index] of field) {
    if ((chosen.get(array) ?? index) !== index) return undefined;
    both.set(array, index);
  }
  return both;
}

function keep(
  next: Map<string, Elements>,
  elements: Elements,
  needed: ReadonlySet<number> | undefined,
): void {
  const kept = [...elements].filter(([array]) => needed?.has(array)).sort(([a], [b]) => a - b);
  next.set(kept.join(), new Map(kept));
}

function arraysNeededAfterEach(fields: readonly (readonly Field[])[]): readonly ReadonlySet<number>[] {
  const needed = new Set<number>();
  return fields
    .toReversed()
    .map((found) => {
      const after = new Set(needed);
      for (const field of found) for (const array of field.elements.keys()) needed.add(array);
      return after;
    })
    .toReversed();
}
