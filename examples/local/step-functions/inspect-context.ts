import type { DefinitionProblem } from "./definition-problem.ts";
import { isJson, type Path, type StateEntry } from "./states.ts";

/** What the context object holds here. Source: Step Functions Developer Guide, 'Accessing the Context object'. */
const everywhere = [
  "Execution.Id",
  "Execution.Name",
  "Execution.RoleArn",
  "StateMachine.Id",
  "StateMachine.Name",
];
/** Within a Map or Parallel state the interpreter has others in their place. */
const outside = ["Execution.Input", "Execution.StartTime"];

/** Paths into the context object, and to variables, that would find nothing or something else. */
export function contextProblems({ state, path, nested }: StateEntry): readonly DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  visit(state, path);
  return problems;

  function visit(value: unknown, at: Path): void {
    if (typeof value === "string") visitText(value, at);
    if (!isJson(value) && !Array.isArray(value)) return;
    for (const [key, inner] of Object.entries(value)) {
      // A state within this one is looked at by itself.
      if (key !== "States") visit(inner, [...at, key]);
    }
  }

  function visitText(text: string, at: Path): void {
    const key = String(at.at(-1));
    if (!key.endsWith(".$") && !key.endsWith("Path") && key !== "Variable") return;
    if (/(^|[(,\s])\$[A-Za-z_]/.test(text)) {
      problems.push({ path: at, message: `variables are not served here, and ${text} names one` });
    }
    if ((key === "ErrorPath" || key === "CausePath") && !text.startsWith("$")) {
      problems.push({
        path: at,
        message: `an intrinsic function in ${key} is not served here; write a path`,
      });
    }
    for (const [, name = ""] of text.matchAll(/\$\$\.?([A-Za-z.]*)/g)) {
      const mapItem = name.startsWith("Map.Item") && state["Type"] === "Map";
      const served = everywhere.includes(name) || mapItem || (!nested && startsWithAny(name, outside));
      if (served) continue;
      const known = [...everywhere, ...(nested ? [] : outside)].map((each) => `$$.${each}`);
      problems.push({
        path: at,
        message: `$$.${name} is not served ${nested ? "within a Map or Parallel state" : "here"}; known are ${known.join(", ")}, and $$.Map.Item in a Map's ItemSelector`,
      });
    }
  }
}

function startsWithAny(name: string, beginnings: readonly string[]): boolean {
  return beginnings.some((each) => name === each || name.startsWith(`${each}.`));
}
