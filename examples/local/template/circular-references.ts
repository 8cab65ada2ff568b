/**
 * Finds resources that wait for each other, which CloudFormation refuses as a circular dependency.
 *
 * Pure: a depth-first search over the references between resources.
 */
import type { Reference } from "./scope.ts";

/** Each circle once: the reference that closes it, and the resources along it. */
export function circularReferences(
  references: readonly Reference[],
): readonly { readonly closing: Reference; readonly along: readonly string[] }[] {
  const outgoing = Map.groupBy(references, ({ from }) => from);
  const circles: { closing: Reference; along: readonly string[] }[] = [];
  const finished = new Set<string>();
  const path: string[] = [];

  const visit = (name: string) => {
    path.push(name);
    for (const reference of outgoing.get(name) ?? []) {
      const start = path.indexOf(reference.to);
      if (start >= 0) circles.push({ closing: reference, along: [...path.slice(start), reference.to] });
      else if (!finished.has(reference.to)) visit(reference.to);
    }
    path.pop();
    finished.add(name);
  };
  for (const name of outgoing.keys()) if (!finished.has(name)) visit(name);
  return circles;
}
