import { pointer } from "../check-result.ts";
import { type Finding, lifted, type Miss, miss } from "./finding.ts";
import type { InPlaceRun } from "./run.ts";
import { samplesOfShape } from "./samples/sample.ts";
import { otherName } from "./samples/sample-inside.ts";
import { evaluate } from "./schema/evaluate.ts";
import { isObject, withMember } from "./schema/json-value.ts";
import { ANYTHING, inner, mapOf, nodeOf, type SchemaNode } from "./schema/schema-node.ts";
import { isImpossible } from "./shapes/empty.ts";
import { namesOf, nodesByPatterns, nodesOfMember, patternsOf } from "./shapes/members.ts";
import type { ObjectShape, PropertyGroup } from "./shapes/shape.ts";
import { shapesOf } from "./shapes/shapes-of.ts";

/** Every subset of so many patterns is looked at. */
const MAX_PATTERNS = 6;

/** `properties`, `patternProperties` and `additionalProperties`: name by name, then all names that nobody spells out. */
export function propertiesWithin(
  shape: ObjectShape,
  node: SchemaNode,
  path: string,
  run: InPlaceRun,
): readonly Miss[] {
  const group: PropertyGroup = {
    properties: mapOf(node, "properties"),
    patterns: mapOf(node, "patternProperties"),
    additional: inner(node, "additionalProperties") ?? ANYTHING,
    isSilent: false,
  };
  const patterns = [...new Set([...patternsOf(shape.groups), ...group.patterns.keys()])];
  const only = possibleNames(shape);
  const names = [...new Set([...namesOf([...shape.groups, group]), ...shape.required, ...(only ?? [])])];
  const lift = objectsWith(shape, run);
  const told = names
    .filter((name) => mayHave(shape, name))
    .flatMap((name) => named(shape, node, group, name, path, lift, run));
  if (only !== undefined) return told;
  if (patterns.length > MAX_PATTERNS) {
    return [...told, miss(node, path, "patternProperties", "there are too many patterns to be compared")];
  }
  return [
    ...told,
    ...subsets(patterns).flatMap((matched) =>
      others(shape, node, group, { matched, patterns, names }, path, lift, run),
    ),
  ];
}

/** Whether an object of a shape can have a property of this name, as far as that can be told. */
export function mayHave(shape: ObjectShape, name: string): boolean {
  return (
    shape.names.every((node) => evaluate(node, name) !== false) &&
    !isImpossible(nodesOfMember(shape.groups, name))
  );
}

/** All names that properties of a shape can have; undefined where there is no end of them. */
export function possibleNames(shape: ObjectShape): readonly string[] | undefined {
  const listed = shapesOf([nodeOf({ type: "string" }), ...shape.names]);
  const texts = listed.flatMap((one) => (one.type === "values" ? one.values.map(String) : []));
  const isListed = shape.names.length > 0 && listed.every(({ type }) => type === "values");
  const isClosed =
    patternsOf(shape.groups).length <= MAX_PATTERNS &&
    subsets(patternsOf(shape.groups)).every((matched) =>
      isImpossible(nodesByPatterns(shape.groups, new Set(matched))),
    );
  if (!isListed && !isClosed) return undefined;
  const names = [...namesOf(shape.groups), ...shape.required, ...(isListed ? texts : [])];
  return [...new Set(names)].filter((name) => mayHave(shape, name));
}

function named(
  shape: ObjectShape,
  node: SchemaNode,
  group: PropertyGroup,
  name: string,
  path: string,
  lift: Lift,
  run: InPlaceRun,
): readonly Miss[] {
  const nodes = nodesOfMember(shape.groups, name);
  return nodesOfMember([group], name).flatMap((one) => {
    const findings = run.contained(nodes, one, pointer(path, name), run);
    return findings.map((finding) =>
      lifted(node, "additionalProperties", told(finding, one, run), (value) => lift(name, value)),
    );
  });
}

/** Properties of which is known only which patterns their names match. */
function others(
  shape: ObjectShape,
  node: SchemaNode,
  group: PropertyGroup,
  known: {
    readonly matched: readonly string[];
    readonly patterns: readonly string[];
    readonly names: readonly string[];
  },
  path: string,
  lift: Lift,
  run: InPlaceRun,
): readonly Miss[] {
  const matched = new Set(known.matched);
  const nodes = nodesByPatterns(shape.groups, matched);
  const demands = nodesByPatterns([group], matched);
  if (demands.length === 0 || isImpossible(nodes)) return [];
  const liftOther = (value: unknown): readonly unknown[] => {
    const name = otherName(shape, matched, known);
    return name === undefined ? [] : lift(name, value);
  };
  return demands.flatMap((one) => {
    const findings = run.contained(nodes, one, pointer(path, "*"), run);
    return findings.map((finding) =>
      lifted(node, "additionalProperties", told(finding, one, run), liftOther),
    );
  });
}

/** A property that is not allowed at all is told as such. */
function told(finding: Finding, { schema }: SchemaNode, { words }: InPlaceRun): Finding {
  if (schema !== false) return finding;
  const message = `is not allowed by ${words.reader}; ${words.writer} allows it`;
  return { ...finding, keyword: "additionalProperties", message };
}

/** Objects of a shape with this property. */
type Lift = (name: string, value: unknown) => readonly unknown[];

function objectsWith(shape: ObjectShape, run: InPlaceRun): Lift {
  let objects: readonly Readonly<Record<string, unknown>>[] | undefined;
  return (name, value) => {
    objects ??= samplesOfShape(shape, [], run.shapesOf).filter(isObject);
    return objects.map((object) => withMember(object, name, value));
  };
}

export function namesWithin(
  shape: ObjectShape,
  node: SchemaNode,
  path: string,
  run: InPlaceRun,
): readonly Miss[] {
  const demand = inner(node, "propertyNames");
  if (demand === undefined) return [];
  const only = possibleNames(shape);
  const names = only ?? namesOf(shape.groups).filter((name) => mayHave(shape, name));
  const wrong = names.filter((name) => evaluate(demand, name) !== true);
  const { reader, writer } = run.words;
  const own = wrong.map((name) =>
    miss(
      node,
      pointer(path, name),
      "propertyNames",
      `has a name that ${reader} does not allow; ${writer} does`,
    ),
  );
  if (only !== undefined) return own;
  const findings = run.contained(
    [nodeOf({ type: "string" }), ...shape.names],
    demand,
    pointer(path, "*"),
    run,
  );
  const objects = objectsWith(shape, run);
  const lift = (name: unknown): readonly unknown[] =>
    samplesOfMember(shape, String(name), run).flatMap((value) => objects(String(name), value));
  return [
    ...own,
    ...findings.map(({ keyword: _, message: __, ...finding }) =>
      lifted(
        node,
        "propertyNames",
        {
          ...finding,
          keyword: "propertyNames",
          message: `may have names that ${reader} does not allow; ${writer} does`,
        },
        lift,
      ),
    ),
  ];
}

function samplesOfMember(shape: ObjectShape, name: string, run: InPlaceRun): readonly unknown[] {
  const shapes = run.shapesOf(nodesOfMember(shape.groups, name));
  return shapes.flatMap((one) => samplesOfShape(one, [], run.shapesOf)).slice(0, 1);
}

function subsets(list: readonly string[]): readonly (readonly string[])[] {
  const [first, ...rest] = list;
  return first === undefined ? [[]] : subsets(rest).flatMap((some) => [some, [first, ...some]]);
}
