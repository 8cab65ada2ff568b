import { equalJson, isObject } from "./json-value.ts";
import { isAnnotation, isOpaque } from "./keywords.ts";
import { inner, listOf, mapOf, refTarget, type SchemaNode } from "./schema-node.ts";

/** Keywords whose value is a list in which order says nothing. */
const SETS = new Set(["required", "enum", "type"]);
const LISTS = new Set(["allOf", "anyOf", "oneOf", "prefixItems"]);
const MAPS = new Set(["properties", "patternProperties", "dependentSchemas", "dependencies"]);
const ONE = new Set([
  "not",
  "if",
  "then",
  "else",
  "additionalProperties",
  "propertyNames",
  "items",
  "additionalItems",
  "contains",
]);

/** Pairs of schemas that are being compared: two that refer to themselves in the same way are the same. */
type Pairs = readonly (readonly [unknown, unknown])[];

/** Whether two schemas say the same in the same words; annotations, and the order of members, are no words. */
export function isSameSchema(one: SchemaNode, other: SchemaNode, pairs: Pairs = []): boolean {
  if (one.schema === other.schema && one.document === other.document) return true;
  if (!isObject(one.schema) || !isObject(other.schema)) return one.schema === other.schema;
  if (pairs.some(([a, b]) => a === one.schema && b === other.schema)) return true;
  const within: Pairs = [...pairs, [one.schema, other.schema]];
  const [keywords, others] = [one.schema, other.schema].map((schema) =>
    Object.keys(schema).filter((keyword) => !isAnnotation(keyword)),
  ) as [string[], string[]];
  return (
    keywords.length === others.length &&
    keywords.every((keyword) => others.includes(keyword) && isSameKeyword(one, other, keyword, within))
  );
}

function isSameKeyword(one: SchemaNode, other: SchemaNode, keyword: string, pairs: Pairs): boolean {
  const [a, b] = [inner(one, keyword), inner(other, keyword)];
  if (a === undefined || b === undefined) return false;
  const same = (x: SchemaNode | undefined, y: SchemaNode | undefined): boolean =>
    x !== undefined && y !== undefined && isSameSchema(x, y, pairs);
  if (keyword === "$ref") return same(refTarget(one), refTarget(other));
  const lists = [listOf(one, keyword), listOf(other, keyword)] as const;
  if (LISTS.has(keyword) || (keyword === "items" && lists[0] !== undefined)) {
    const [these, those] = lists;
    return these?.length === those?.length && (these?.every((x, at) => same(x, those?.[at])) ?? false);
  }
  if (ONE.has(keyword)) return same(a, b);
  if (MAPS.has(keyword)) {
    const [these, those] = [mapOf(one, keyword), mapOf(other, keyword)];
    return (
      these.size === those.size &&
      [...these].every(([name, x]) =>
        Array.isArray(x.schema) ? isSameSet(x.schema, those.get(name)?.schema) : same(x, those.get(name)),
      )
    );
  }
  if (SETS.has(keyword)) return isSameSet(a.schema, b.schema);
  // Of a keyword that is not understood nobody knows where it refers to.
  if (isOpaque(keyword) && /"\$\w*ref"/i.test(JSON.stringify([keyword, a.schema]))) return false;
  if (keyword === "$dynamicRef" || keyword === "$recursiveRef") return false;
  return equalJson(a.schema, b.schema);
}

function isSameSet(one: unknown, other: unknown): boolean {
  const [these, those] = [one, other].map((list) => (Array.isArray(list) ? list : [list])) as [
    unknown[],
    unknown[],
  ];
  return [
    [these, those],
    [those, these],
  ].every(([some, more]) => some?.every((x) => more?.some((y) => equalJson(x, y))));
}
