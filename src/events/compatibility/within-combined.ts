import { type Miss, miss, type Place, part } from "./finding.ts";
import { beside, type InPlaceRun, type Run } from "./run.ts";
import { isSameSchema } from "./schema/same-schema.ts";
import { ANYTHING, inner, listOf, pick, type SchemaNode } from "./schema/schema-node.ts";
import { refusedBy } from "./shapes/complement.ts";
import { isDisjoint, isEmpty } from "./shapes/empty.ts";
import { intersectAll } from "./shapes/intersect.ts";
import type { Shape } from "./shapes/shape.ts";
import { shapesOf } from "./shapes/shapes-of.ts";
import { splitByProperty } from "./shapes/split.ts";

/**
 * `anyOf` and `oneOf`: all of a shape in one member; else each part of it, by the values of a property, in one of its own.
 * With `oneOf` no other member may hold any of it.
 */
export function alternativesWithin(
  shape: Shape,
  node: SchemaNode,
  keyword: string,
  place: Place,
  run: InPlaceRun,
): readonly Miss[] {
  if (isSaidBy(shape, node, [keyword])) return [];
  const members = listOf(node, keyword) ?? [];
  const whole = oneHolds(shape, node, members, keyword, place, run);
  if (whole.length === 0) return [];
  const ways = splitByProperty(shape, members);
  const split = ways.map((parts) =>
    parts.flatMap((one) => oneHolds(one, node, members, keyword, place, run)),
  );
  return split.find((misses) => misses.length === 0) ?? split[0] ?? whole;
}

/** Why no member holds all of a shape, alone. */
function oneHolds(
  shape: Shape,
  node: SchemaNode,
  members: readonly SchemaNode[],
  keyword: string,
  place: Place,
  run: InPlaceRun,
): readonly Miss[] {
  if (isEmpty(shape)) return [];
  const possible = members.filter((member) => !isDisjoint(shape, member));
  const { reader, writer } = run.words;
  const attempts = possible.map((member) => run.within(shape, member, place, run));
  const holds = attempts.some((misses) => misses.length === 0);
  if (holds && (keyword === "anyOf" || possible.length === 1)) return [];
  const [only] = attempts;
  // Only one of the members is meant: what it refuses is the reason.
  if (only !== undefined && attempts.length === 1 && !holds) return only;
  const message = holds
    ? `may be two of the alternatives of ${reader} at once; ${writer} does not prevent it`
    : `is none of the alternatives of ${reader}; ${writer} allows it`;
  const candidates = attempts.flat().flatMap((one) => one.candidates?.() ?? []);
  return [
    miss(node, place.path, keyword, message),
    ...(candidates.length === 0 ? [] : [miss(node, place.path, keyword, message, () => candidates)]),
  ];
}

/** A not inside a not, and no more: a schema can be its own. */
const MAX_DEPTH = 2;

export function notWithin(shape: Shape, node: SchemaNode, path: string, run: Run): readonly Miss[] {
  const refused = inner(node, "not");
  if (refused === undefined || isDisjoint(shape, refused)) return [];
  // What is refused now was refused before.
  const before = run.depth < MAX_DEPTH ? shape.known.flatMap((known) => inner(known, "not") ?? []) : [];
  if (before.some((one) => run.contained([refused], one, path, beside(run)).length === 0)) return [];
  const { reader, writer } = run.words;
  return [miss(node, path, "not", `is refused by a "not" of ${reader}; ${writer} allows it`)];
}

export function conditionWithin(
  shape: Shape,
  node: SchemaNode,
  place: Place,
  run: InPlaceRun,
): readonly Miss[] {
  const condition = inner(node, "if");
  if (condition === undefined || isSaidBy(shape, node, ["if", "then", "else"])) return [];
  const met = isDisjoint(shape, condition) ? [] : intersectAll([shape], shapesOf([condition]));
  const unmet =
    run.within(shape, condition, place, run).length === 0 ? [] : intersectAll([shape], refusedBy(condition));
  const [then, otherwise] = [inner(node, "then") ?? ANYTHING, inner(node, "else") ?? ANYTHING];
  return [
    ...met.flatMap((one) => run.within(one, then, place, run)),
    ...unmet.flatMap((one) => run.within(one, otherwise, place, run)),
  ].map((one) => ({ ...one, broken: part(node, "if") }));
}

/** Whether a schema that is known to hold says the same by these keywords. */
function isSaidBy(shape: Shape, node: SchemaNode, keywords: readonly string[]): boolean {
  const wanted = pick(node, keywords);
  return shape.known.some((known) => {
    const said = pick(known, keywords);
    return said !== undefined && wanted !== undefined && isSameSchema(said, wanted);
  });
}
