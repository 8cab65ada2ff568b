import type { Invariant } from "./scenario.ts";

/** An invariant, with up to three of the things that break it. */
export function invariant(name: string, broken: readonly string[]): Invariant {
  if (broken.length === 0) return { name, held: true };
  const more = broken.length > 3 ? `; and ${broken.length - 3} more` : "";
  return { name, held: false, detail: `${broken.slice(0, 3).join("; ")}${more}` };
}
