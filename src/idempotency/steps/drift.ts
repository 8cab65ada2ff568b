import { NOWHERE, type StepEntry } from "./entry.ts";

/**
 * How a step that begins differs from what earlier runs of the unit have recorded, in words; undefined where it does not.
 *
 * Steps must begin in the same order in every run. A step that began and was not finished has left nothing, so a new name in
 * its place is not known for one.
 */
export function driftOf(
  recorded: ReadonlyMap<string, StepEntry>,
  name: string,
  position: number,
): string | undefined {
  const known = recorded.get(name);
  if (known !== undefined) {
    if (known.position === position || known.position === NOWHERE) return undefined;
    return `step "${name}" was number ${known.position} and is now number ${position}`;
  }
  const [before] = Array.from(recorded).find(([, entry]) => entry.position === position) ?? [];
  if (before !== undefined) return `step ${position} was "${before}" and is now "${name}"`;
  return undefined;
}

/** Recorded steps that have settled, and that this run has not begun and should have: what must be taken back is never left out. */
export function notBegun(
  recorded: ReadonlyMap<string, StepEntry>,
  begun: ReadonlyMap<string, unknown>,
): readonly string[] {
  return Array.from(recorded)
    .filter(([, { state, position }]) => state !== "begun" && (position !== NOWHERE || state === "owed"))
    .filter(([name]) => !begun.has(name))
    .map(([name]) => name);
}
