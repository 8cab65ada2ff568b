import { pointer } from "../check-result.ts";
import { typesOf } from "../compatibility/schema/evaluate.ts";
import { tupleOf } from "../compatibility/schema/evaluate-inside.ts";
import { isObject, jsonTypeOf } from "../compatibility/schema/json-value.ts";
import {
  inner,
  listOf,
  mapOf,
  refTarget,
  rootNode,
  type SchemaNode,
} from "../compatibility/schema/schema-node.ts";

/** One place in a value, as a table shows it. */
export interface SchemaRow {
  /** A JSON pointer; "*" is any item or any other property. "[2]" behind it is the second of several forms. */
  readonly path: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly constraints: readonly string[];
  readonly description: string;
}

/** The places of a schema, from the outside in; the whole value itself is none. */
export function schemaRows(schema: unknown): readonly SchemaRow[] {
  return insideOf(rootNode(schema), "", []);
}

/** `seen`: the schemas that this one stands in. One that stands in itself is not written out again. */
type Seen = readonly unknown[];

function rowsOf(node: SchemaNode, path: string, isRequired: boolean, seen: Seen): readonly SchemaRow[] {
  const parts = partsOf(node, []);
  const row: SchemaRow = {
    path,
    type: [...new Set(parts.flatMap(typeWords))].join(" or ") || "any",
    isRequired,
    constraints: [...new Set(parts.flatMap(constraintsOf))],
    description:
      parts.map(({ schema }) => textIn(schema, "description") || textIn(schema, "title")).find(Boolean) ?? "",
  };
  if (parts.some(({ schema }) => seen.includes(schema))) {
    return [{ ...row, constraints: [...row.constraints, "as above, again"] }];
  }
  return [row, ...insideOf(node, path, seen)];
}

function insideOf(node: SchemaNode, path: string, seen: Seen): readonly SchemaRow[] {
  const parts = partsOf(node, []);
  const within = [...seen, ...parts.map(({ schema }) => schema)];
  const required = parts.flatMap((part) => {
    const names = inner(part, "required")?.schema;
    return Array.isArray(names) ? names : [];
  });
  return parts.flatMap((part) => [
    ...[...mapOf(part, "properties")].flatMap(([name, one]) =>
      rowsOf(one, pointer(path, name), required.includes(name), within),
    ),
    ...[...mapOf(part, "patternProperties")].flatMap(([pattern, one]) =>
      rowsOf(one, `${path}/(${pattern})`, false, within),
    ),
    ...others(part, "additionalProperties", path, within),
    ...items(part, path, within),
    ...["anyOf", "oneOf"].flatMap((keyword) => forms(part, keyword, path, within)),
  ]);
}

/** A schema and all that it says of the same value by reference or allOf. */
function partsOf(node: SchemaNode, seen: Seen): readonly SchemaNode[] {
  if (seen.includes(node.schema)) return [];
  const within = [...seen, node.schema];
  const target = refTarget(node);
  const more = [...(target === undefined ? [] : [target]), ...(listOf(node, "allOf") ?? [])];
  return [node, ...more.flatMap((one) => partsOf(one, within))];
}

function others(node: SchemaNode, keyword: string, path: string, seen: Seen): readonly SchemaRow[] {
  const other = inner(node, keyword);
  return other === undefined || !isObject(other.schema) ? [] : rowsOf(other, pointer(path, "*"), false, seen);
}

function items(node: SchemaNode, path: string, seen: Seen): readonly SchemaRow[] {
  if (inner(node, "items") === undefined && inner(node, "prefixItems") === undefined) return [];
  const { prefix, rest } = tupleOf(node);
  return [
    ...prefix.flatMap((one, at) => rowsOf(one, pointer(path, at), false, seen)),
    ...(isObject(rest.schema) ? rowsOf(rest, pointer(path, "*"), false, seen) : []),
  ];
}

/** Forms that are objects or lists have rows of their own; of others the type says all. */
function forms(node: SchemaNode, keyword: string, path: string, seen: Seen): readonly SchemaRow[] {
  const members = listOf(node, keyword) ?? [];
  return members.flatMap((member, at) => {
    const rows = insideOf(member, `${path}[${at + 1}]`, seen);
    return partsOf(member, []).some(({ schema }) => seen.includes(schema)) ? [] : rows;
  });
}

function typeWords(node: SchemaNode): readonly string[] {
  const members = [...(listOf(node, "anyOf") ?? []), ...(listOf(node, "oneOf") ?? [])];
  const own = typesOf(node).filter((type) => typeof type === "string");
  if (own.length > 0) return own as readonly string[];
  const listed = [
    ...(inner(node, "const") === undefined ? [] : [inner(node, "const")?.schema]),
    ...[inner(node, "enum")?.schema ?? []].flat(),
  ];
  if (listed.length > 0) return listed.map(jsonTypeOf);
  return members.flatMap((member) => partsOf(member, []).flatMap(typeWords));
}

const WORDS: Readonly<Record<string, (value: unknown) => string>> = {
  const: (value) => `= ${JSON.stringify(value)}`,
  enum: (value) =>
    Array.isArray(value) ? `one of ${value.map((one) => JSON.stringify(one)).join(", ")}` : "",
  minimum: (value) => `≥ ${value}`,
  maximum: (value) => `≤ ${value}`,
  exclusiveMinimum: (value) => `> ${value}`,
  exclusiveMaximum: (value) => `< ${value}`,
  multipleOf: (value) => `a multiple of ${value}`,
  minLength: (value) => `≥ ${value} characters`,
  maxLength: (value) => `≤ ${value} characters`,
  pattern: (value) => `matches ${value}`,
  format: (value) => `${value}`,
  minItems: (value) => `≥ ${value} items`,
  maxItems: (value) => `≤ ${value} items`,
  uniqueItems: (value) => (value === true ? "no item twice" : ""),
  minProperties: (value) => `≥ ${value} properties`,
  maxProperties: (value) => `≤ ${value} properties`,
  additionalProperties: (value) => (value === false ? "no other properties" : ""),
  unevaluatedProperties: (value) => (value === false ? "no other properties" : ""),
  anyOf: (value) => (Array.isArray(value) ? `any of ${value.length} forms` : ""),
  oneOf: (value) => (Array.isArray(value) ? `exactly one of ${value.length} forms` : ""),
  default: (value) => `default ${JSON.stringify(value)}`,
  deprecated: (value) => (value === true ? "deprecated" : ""),
  "x-sensitive": (value) => (value === true ? "sensitive" : ""),
};
/** Keywords that are not put into words. */
const MORE = [
  "not",
  "if",
  "contains",
  "propertyNames",
  "dependentRequired",
  "dependentSchemas",
  "dependencies",
];

function constraintsOf({ schema }: SchemaNode): readonly string[] {
  if (!isObject(schema)) return [];
  const told = Object.keys(schema).flatMap((keyword) => {
    const words = Object.hasOwn(WORDS, keyword) ? WORDS[keyword]?.(schema[keyword]) : undefined;
    return words === undefined || words === "" ? [] : [words];
  });
  const others = MORE.filter((keyword) => Object.hasOwn(schema, keyword));
  return others.length === 0 ? told : [...told, `more: ${others.join(", ")}`];
}

function textIn(schema: unknown, keyword: string): string {
  const text = isObject(schema) ? schema[keyword] : undefined;
  return typeof text === "string" ? text : "";
}
