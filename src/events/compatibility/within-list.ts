import { pointer } from "../check-result.ts";
import { lifted, type Miss, miss } from "./finding.ts";
import type { Run } from "./run.ts";
import { samplesOfShape } from "./samples/sample.ts";
import { containsBounds, tupleOf } from "./schema/evaluate-inside.ts";
import { isSameSchema } from "./schema/same-schema.ts";
import { inner, numberIn, pick, type SchemaNode } from "./schema/schema-node.ts";
import { isImpossible } from "./shapes/empty.ts";
import { nodesOfItem, prefixLength } from "./shapes/members.ts";
import type { ListShape } from "./shapes/shape.ts";

export function listWithin(
  shape: ListShape,
  node: SchemaNode,
  keyword: string,
  path: string,
  run: Run,
): readonly Miss[] {
  const given = numberIn(node, keyword, Number.NaN);
  const { reader, writer } = run.words;
  const longest = longestOf(shape);
  const refused = (must: string, otherwise: string): readonly Miss[] => [
    miss(node, path, keyword, `must ${must} for ${reader}; ${writer} ${otherwise}`),
  ];
  switch (keyword) {
    case "minItems":
      if (shape.minItems >= given) return [];
      return refused(`have ${given} items or more`, `allows ${shape.minItems}`);
    case "maxItems":
      if (longest <= given) return [];
      return refused(`have ${given} items or fewer`, "allows more");
    case "uniqueItems":
      if (inner(node, keyword)?.schema !== true || shape.isUnique || longest <= 1) return [];
      return refused("have no item twice", "allows that");
    case "contains":
      return containsWithin(shape, node, path, longest, run);
    case "prefixItems":
    case "items":
    case "additionalItems":
      // What several keywords say together is looked at once.
      return keyword === firstOf(node) ? itemsWithin(shape, node, keyword, path, longest, run) : [];
    default:
      return [];
  }
}

function firstOf(node: SchemaNode): string | undefined {
  return ["prefixItems", "items", "additionalItems"].find((keyword) => inner(node, keyword) !== undefined);
}

/** How many items a list can have: none comes after a place where none is possible. */
function longestOf(shape: ListShape): number {
  const places = Array.from({ length: prefixLength(shape) + 1 }, (_, at) => at);
  const closed = places.find((at) => isImpossible(nodesOfItem(shape, at)));
  return Math.min(shape.maxItems, closed ?? shape.maxItems);
}

function itemsWithin(
  shape: ListShape,
  node: SchemaNode,
  keyword: string,
  path: string,
  longest: number,
  run: Run,
): readonly Miss[] {
  const { prefix, rest } = tupleOf(node);
  const end = Math.max(prefix.length, prefixLength(shape));
  const places = Array.from({ length: Math.min(end + 1, longest) }, (_, at) => at);
  return places.flatMap((at) => {
    const step = pointer(path, at < end ? at : "*");
    const findings = run.contained(nodesOfItem(shape, at), prefix[at] ?? rest, step, run);
    return findings.map((finding) =>
      lifted(node, at < prefix.length ? keyword : partOf(node), finding, (value) =>
        listsWith(shape, at, value, run),
      ),
    );
  });
}

/** The keyword that speaks of items after a prefix. */
function partOf(node: SchemaNode): string {
  return Array.isArray(inner(node, "items")?.schema) ? "additionalItems" : "items";
}

/** Lists of a shape with this item at a place. */
function listsWith(shape: ListShape, at: number, value: unknown, run: Run): readonly unknown[] {
  const near: ListShape = { ...shape, minItems: at + 1, maxItems: at + 2 };
  const lists = samplesOfShape(shape, [near], run.shapesOf).filter((list) => Array.isArray(list));
  return lists.filter((list) => list.length > at).map((list) => list.with(at, value));
}

function containsWithin(
  shape: ListShape,
  node: SchemaNode,
  path: string,
  longest: number,
  run: Run,
): readonly Miss[] {
  const wanted = inner(node, "contains");
  if (wanted === undefined) return [];
  const { min, max } = containsBounds(node);
  const same = shape.known.flatMap((known) => {
    const other = pick(known, ["contains", "minContains", "maxContains"]);
    const what = other === undefined ? undefined : inner(other, "contains");
    return other !== undefined && what !== undefined && isSameSchema(what, wanted)
      ? [containsBounds(other)]
      : [];
  });
  const every = (): boolean => {
    const places = Array.from({ length: Math.min(prefixLength(shape) + 1, longest) }, (_, at) => at);
    return places.every((at) => run.contained(nodesOfItem(shape, at), wanted, path, run).length === 0);
  };
  const enough = min <= 0 || same.some((one) => one.min >= min) || (shape.minItems >= min && every());
  const few = longest <= max || same.some((one) => one.max <= max);
  if (enough && few) return [];
  return [
    miss(
      node,
      path,
      "contains",
      `must contain what ${run.words.reader} says; ${run.words.writer} does not say so`,
    ),
  ];
}
