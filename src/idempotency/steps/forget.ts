import type { ExtendedUnit } from "../unit-extension.ts";
import { entryText, NOWHERE, type StepEntry } from "./entry.ts";
import type { Journal } from "./journal.ts";

/**
 * A failure that was taken for caught, because another step began after it, and that the unit fails with all the same:
 * of two chains of steps, say, or before a step in a `finally`. It is not part of what happened, and what ran after it has
 * no place among the others.
 */
export async function forgetUncaught(unit: ExtendedUnit, steps: Journal, error: unknown): Promise<void> {
  const begun = Array.from(steps.begun.values());
  const causes = causesOf(error);
  const uncaught = begun.find((one) => one.entry?.state === "caught" && causes.includes(one.error));
  if (uncaught === undefined) return;
  const again: StepEntry = { state: "begun", position: uncaught.position, kept: "" };
  const moved = begun.flatMap(({ name, entry, after }) =>
    entry !== undefined && after.includes(uncaught)
      ? [[name, entryText({ ...entry, position: NOWHERE })]]
      : [],
  );
  // Where it cannot be written, the next run fails with the same error, and tries to forget it once more.
  await unit
    .record({ ...Object.fromEntries(moved), [uncaught.name]: entryText(again) })
    .catch(() => undefined);
}

const MOST_CAUSES = 5;

/** What a function that adds words to an error still fails with. */
function causesOf(error: unknown): readonly unknown[] {
  const causes = [error];
  while (causes.length < MOST_CAUSES) causes.push(Object(causes.at(-1)).cause);
  return causes.filter((cause) => cause !== undefined);
}
