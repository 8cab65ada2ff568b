type Step = { readonly key: string } | { readonly index: number } | "every";

/** Finds a value in an event; undefined when there is none. */
export type JsonPath = (event: unknown) => unknown;

/**
 * Compiles the part of JSONPath that EventBridge has: `$`, members of letters, digits, dashes, underscores and
 * slashes, `[0]`, and `*` for every element or member, which makes the result a list (AWS page 'Amazon
 * EventBridge input transformation').
 *
 * @returns what is wrong with the path, when it is.
 */
export function compileJsonPath(path: string): JsonPath | { readonly wrong: string } {
  const advice = "; a path is $ followed by .name, [0] or *, as in $.detail.items[0].sku";
  if (!path.startsWith("$"))
    return { wrong: `the path ${JSON.stringify(path)} does not start with $${advice}` };
  const step = /\.([A-Za-z0-9_\-/]+|\*)|\[(\d+|\*)\]/y;
  const steps: Step[] = [];
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const at = step.lastIndex;
    const [, key, index] = step.exec(path) ?? [];
    if (key === undefined && index === undefined) {
      return {
        wrong: `the path ${JSON.stringify(path)} cannot be read at ${JSON.stringify(path.slice(at))}${advice}`,
      };
    }
    if (key === "*" || index === "*") steps.push("every");
    else steps.push(index === undefined ? { key: key ?? "" } : { index: Number(index) });
  }
  return (event) => follow(event, steps);
}

function follow(value: unknown, [step, ...rest]: readonly Step[]): unknown {
  if (step === undefined || typeof value !== "object" || value === null) {
    return step === undefined ? value : undefined;
  }
  if (step === "every") {
    return Object.values(value)
      .map((inner) => follow(inner, rest))
      .filter((found) => found !== undefined);
  }
  const name = "key" in step ? step.key : step.index;
  if ("index" in step !== Array.isArray(value) || !Object.hasOwn(value, name)) return undefined;
  return follow(Reflect.get(value, name), rest);
}
