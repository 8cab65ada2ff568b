import { evaluate } from "./intrinsics.ts";
import type { TemplateScope } from "./scope.ts";
import type { Syntax } from "./syntax.ts";

/** The template's outputs as texts; one whose condition does not hold is left out. */
export function readOutputs(
  declared: ReadonlyMap<string, Syntax>,
  scope: TemplateScope,
): Readonly<Record<string, string>> {
  const outputs: Record<string, string> = {};
  for (const [name, node] of declared) {
    if (node.kind !== "map") {
      scope.problems.report(node.place, "expected an output: a map with Value");
      continue;
    }
    for (const [key, inner] of node.entries) {
      if (["Value", "Description", "Export", "Condition"].includes(key)) continue;
      scope.problems.report(
        inner.place,
        `${key} is no part of an output; write Value, Description or Export`,
      );
    }
    const condition = node.entries.get("Condition");
    const live = condition?.kind !== "scalar" || scope.condition(condition.text, condition.place) === true;
    const value = node.entries.get("Value");
    if (value === undefined) {
      scope.problems.report(node.place, "Value is missing; add it");
      continue;
    }
    const text = evaluate(value, scope, { owner: "", live });
    if (text.kind === "scalar") {
      if (live) outputs[name] = text.text;
    } else if (text.kind !== "unknown") {
      scope.problems.report(value.place, "an output is a text; join the list first");
    }
  }
  return outputs;
}
