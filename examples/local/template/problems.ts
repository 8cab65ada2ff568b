import { basename, relative } from "node:path";
import type { Place } from "./stack.ts";

/** One thing that is wrong in a template: where, what, and what to do about it. */
export interface Problem {
  readonly place: Place;
  readonly message: string;
}

/** A template was refused. `problems` holds everything that was found, in the order of its lines. */
export class TemplateError extends Error {
  readonly code = "TEMPLATE_REFUSED";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map(formatProblem).join("\n"));
    this.name = "TemplateError";
    this.problems = problems;
  }
}

function formatProblem({ place, message }: Problem): string {
  return `${formatPlace(place)}: ${message}`;
}

/** `examples/orders/template.yaml:42 Resources.Orders.Properties.KeySchema`: a file below us by its path, another by its name. */
function formatPlace(place: Place): string {
  const fromHere = relative(process.cwd(), place.file);
  const file = fromHere.startsWith("..") ? basename(place.file) : fromHere;
  return `${file}:${place.line}${place.path === "" ? "" : ` ${place.path}`}`;
}

/** Collects what is wrong, so that one run shows all of it. The same problem is kept once. */
export interface Problems {
  report(place: Place, message: string): void;
  found(): readonly Problem[];
}

export function collectProblems(): Problems {
  const found = new Map<string, Problem>();
  return {
    report(place, message) {
      found.set(`${place.line} ${place.path} ${message}`, { place, message });
    },
    found: () => [...found.values()].sort((a, b) => a.place.line - b.place.line),
  };
}
