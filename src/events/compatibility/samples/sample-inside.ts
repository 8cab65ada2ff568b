import { evaluate } from "../schema/evaluate.ts";
import { withMember, withoutMember } from "../schema/json-value.ts";
import { isMatch } from "../schema/pattern-match.ts";
import type { SchemaNode } from "../schema/schema-node.ts";
import { namesOf, nodesByPatterns, nodesOfItem, nodesOfMember, patternsOf } from "../shapes/members.ts";
import type { ListShape, ObjectShape, Shape } from "../shapes/shape.ts";
import { samplesOfPattern } from "./pattern-sample.ts";

/** Valid values of a member. */
type SamplesOf = (nodes: readonly SchemaNode[]) => readonly unknown[];

type Plain = Readonly<Record<string, unknown>>;

/** Longer lists, and objects of more members, are not made; nor is each member of such an object tried by itself. */
const LONGEST = 60;

export function objectSamples(
  shape: ObjectShape,
  near: readonly Shape[],
  depth: number,
  samplesOf: SamplesOf,
): readonly Plain[] {
  const named = depth > 0 ? namesOf(shape.groups) : [];
  const names = [...new Set([...shape.required, ...named])];
  const values = new Map(names.map((name) => [name, samplesOf(nodesOfMember(shape.groups, name))]));
  const possible = names.filter((name) => (values.get(name) ?? []).length > 0);
  if (shape.required.some((name) => !possible.includes(name))) return [];
  const first = (name: string): readonly [string, unknown] => [name, values.get(name)?.[0]];
  const full: Plain = Object.fromEntries(possible.map(first));
  const least: Plain = Object.fromEntries(shape.required.map(first));
  if (possible.length > LONGEST) return [full, least];
  const optional = possible.filter((name) => !shape.required.includes(name));
  const others = depth > 0 ? otherMembers(shape, samplesOf) : [];
  const variants = possible.flatMap((name) =>
    (values.get(name) ?? []).slice(1, 6).map((value) => withMember(full, name, value) as Plain),
  );
  const single = optional.map((name) => withMember(least, name, values.get(name)?.[0]) as Plain);
  const lacking = optional.map((name) => withoutMember(full, name) as Plain);
  const more = others.flatMap(([name, value]) =>
    [full, least].map((object) => withMember(object, name, value) as Plain),
  );
  return [
    full,
    least,
    ...single,
    ...lacking,
    ...more,
    ...variants,
    ...ofSizes(shape, near, least, full, samplesOf),
  ];
}

/** Objects of as few members as are allowed, and as many. */
function ofSizes(
  shape: ObjectShape,
  near: readonly Shape[],
  least: Plain,
  full: Plain,
  samplesOf: SamplesOf,
): readonly Plain[] {
  const sizes = [
    shape.minProperties,
    shape.maxProperties,
    shape.minProperties + 1,
    Object.keys(full).length + 1,
    ...near.flatMap((one) =>
      one.type === "object" ? [one.minProperties - 1, one.maxProperties + 1, one.required.length - 1] : [],
    ),
  ];
  const [value] = samplesOf(nodesByPatterns(shape.groups, new Set()));
  return sizes
    .filter((size) => size >= 0 && size <= LONGEST)
    .map((size) => {
      const object = new Map(Object.entries(least));
      for (const [name, one] of Object.entries(full)) if (object.size < size) object.set(name, one);
      for (let at = 1; object.size < size && value !== undefined && at <= LONGEST; at += 1) {
        object.set(`other${at}`, value);
      }
      return Object.fromEntries(object);
    });
}

/** Members that no schema names, where they are allowed. */
function otherMembers(shape: ObjectShape, samplesOf: SamplesOf): readonly (readonly [string, unknown])[] {
  const classes = [new Set<string>(), ...patternsOf(shape.groups).map((pattern) => new Set([pattern]))];
  return classes.flatMap((matched) => {
    const name = otherName(shape, matched);
    const [value] = name === undefined ? [] : samplesOf(nodesByPatterns(shape.groups, matched));
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
}

/** A name that no schema spells out, matched by these patterns and by no other that occurs. */
export function otherName(
  shape: ObjectShape,
  matched: ReadonlySet<string>,
  more: { readonly names?: readonly string[]; readonly patterns?: readonly string[] } = {},
): string | undefined {
  const taken = new Set([...namesOf(shape.groups), ...shape.required, ...(more.names ?? [])]);
  const patterns = [...patternsOf(shape.groups), ...(more.patterns ?? [])];
  const tried = ["other", "x", "Z9", "_", "é", "1", ...[...matched, ...patterns].flatMap(samplesOfPattern)];
  return [...tried, ...tried.map((name) => `${name}x`), ...tried.map((name) => `${name}1`)].find(
    (name) =>
      !taken.has(name) &&
      patterns.every((pattern) => isMatch(pattern, name) === matched.has(pattern)) &&
      shape.names.every((node) => evaluate(node, name) === true),
  );
}

export function listSamples(
  shape: ListShape,
  near: readonly Shape[],
  depth: number,
  samplesOf: SamplesOf,
): readonly (readonly unknown[])[] {
  const bounds = [shape, ...near.filter((one) => one.type === "array")].flatMap((one) => [
    one.minItems,
    one.maxItems,
    ...one.tuples.map(({ prefix }) => prefix.length),
  ]);
  const usual = depth > 0 ? [Math.max(1, shape.minItems), 2, 0] : [];
  const lengths = [...new Set([...usual, ...bounds.flatMap((at) => [at, at + 1, at - 1])])].filter(
    (length) => length >= shape.minItems && length <= Math.min(shape.maxItems, LONGEST),
  );
  const known = new Map<number, readonly unknown[]>();
  const itemsAt = (at: number): readonly unknown[] => {
    const found = known.get(at) ?? samplesOf(nodesOfItem(shape, at));
    known.set(at, found);
    return found;
  };
  return lengths.flatMap((length) => {
    const places = Array.from({ length }, (_, at) => itemsAt(at));
    if (places.some((values) => values.length === 0)) return [];
    const same = places.map(([first]) => first);
    const distinct = places.map((values, at) => values[at % values.length]);
    const others = (places[0] ?? []).slice(1, 8).map((value) => [value, ...same.slice(1)]);
    return [same, distinct, ...others];
  });
}
