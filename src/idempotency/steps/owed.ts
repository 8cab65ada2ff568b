import type { Compensate } from "./begun.ts";
import type { StepEntry } from "./entry.ts";
import type { Journal } from "./journal.ts";

/** A step to be taken back. `compensate` is absent where this run has not begun it, or begins it without. */
export interface Owed {
  readonly name: string;
  readonly entry: StepEntry;
  readonly compensate: Compensate | undefined;
}

/** The steps to be taken back, the last one first. */
export function owedBy(steps: Journal): readonly Owed[] {
  const all = new Map<string, Owed>();
  for (const [name, entry] of steps.history.entries) all.set(name, { name, entry, compensate: undefined });
  for (const { name, entry, compensate } of steps.begun.values()) {
    if (entry !== undefined) all.set(name, { name, entry, compensate });
  }
  const place = ({ name, entry }: Owed): number => steps.begun.get(name)?.position ?? entry.position;
  return Array.from(all.values())
    .filter(isOwed)
    .sort((one, other) => place(other) - place(one));
}

/** One whose result is lost cannot be taken back by us, if it has to be. */
function isOwed({ entry, compensate }: Owed): boolean {
  return entry.state === "owed" || (entry.state === "lost" && compensate !== undefined);
}
