/**
 * What is made first, and resources that wait for each other, which CloudFormation refuses as a circular dependency.
 *
 * Pure: depth-first searches over the references between resources.
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

/** True when one resource waits for another, over however many between them. */
export function waitsFor(references: readonly Reference[], from: string, to: string): boolean {
  const seen = new Set<string>();
  const visit = (name: string): boolean => {
    if (name === to) return true;
    seen.add(name);
    return references.some((one) => one.from === name && !seen.has(one.to) && visit(one.to));
  };
  return visit(from);
}
