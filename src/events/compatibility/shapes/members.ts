import { isMatch } from "../schema/pattern-match.ts";
import type { SchemaNode } from "../schema/schema-node.ts";
import { type ListShape, type PropertyGroup, uniqueNodes } from "./shape.ts";

/** The schemas that a property of this name must satisfy. */
export function nodesOfMember(groups: readonly PropertyGroup[], name: string): readonly SchemaNode[] {
  return uniqueNodes(groups.flatMap((group) => ofGroup(group, name)));
}

function ofGroup(group: PropertyGroup, name: string): readonly SchemaNode[] {
  const own = group.properties.get(name);
  const matches = [...group.patterns].map(([pattern, node]) => [isMatch(pattern, name), node] as const);
  const found = matches.flatMap(([matched, node]) => (matched === true ? [node] : []));
  if (own !== undefined) return [own, ...found];
  return found.length > 0 || matches.some(([matched]) => matched === undefined) ? found : [group.additional];
}

/** The schemas of a property that no group names, and of whose name only is known which patterns match it. */
export function nodesByPatterns(
  groups: readonly PropertyGroup[],
  matched: ReadonlySet<string>,
): readonly SchemaNode[] {
  return uniqueNodes(
    groups.flatMap((group) => {
      const found = [...group.patterns].flatMap(([pattern, node]) => (matched.has(pattern) ? [node] : []));
      return found.length > 0 ? found : [group.additional];
    }),
  );
}

/** The names that groups spell out. */
export function namesOf(groups: readonly PropertyGroup[]): readonly string[] {
  return [...new Set(groups.flatMap(({ properties }) => [...properties.keys()]))];
}

export function patternsOf(groups: readonly PropertyGroup[]): readonly string[] {
  return [...new Set(groups.flatMap(({ patterns }) => [...patterns.keys()]))];
}

/** The schemas of the item at a place. */
export function nodesOfItem(shape: Pick<ListShape, "tuples">, at: number): readonly SchemaNode[] {
  return uniqueNodes(shape.tuples.map(({ prefix, rest }) => prefix[at] ?? rest));
}

/** From which place on all items must be the same. */
export function prefixLength(shape: Pick<ListShape, "tuples">): number {
  return Math.max(0, ...shape.tuples.map(({ prefix }) => prefix.length));
}
