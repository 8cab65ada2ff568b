import { isObject } from "./json-value.ts";

/** A schema, and the document that its references are resolved in. */
export interface SchemaNode {
  readonly schema: unknown;
  readonly document: SchemaDocument;
}

export interface SchemaDocument {
  readonly root: unknown;
  /** Schemas by their anchor; undefined where an inner `$id` starts a document of its own: no reference is followed then. */
  readonly anchors: ReadonlyMap<string, unknown> | undefined;
}

const NOWHERE: SchemaDocument = { root: true, anchors: new Map() };

/** Accepts everything. */
export const ANYTHING: SchemaNode = { schema: true, document: NOWHERE };
/** Accepts nothing. */
export const NOTHING: SchemaNode = { schema: false, document: NOWHERE };

/** Of one value alone. */
export function nodeOf(schema: unknown): SchemaNode {
  return { schema, document: NOWHERE };
}

/** The root of a document. */
export function rootNode(schema: unknown): SchemaNode {
  const anchors = new Map<string, unknown>();
  const isWhole = collectAnchors(schema, anchors, true, new Set());
  return { schema, document: { root: schema, anchors: isWhole ? anchors : undefined } };
}

/** What stands in a schema's keyword, as a schema of the same document; undefined where it has none. */
export function inner(node: SchemaNode, keyword: string): SchemaNode | undefined {
  const { schema, document } = node;
  if (!isObject(schema) || !Object.hasOwn(schema, keyword)) return undefined;
  return { schema: schema[keyword], document };
}

/** The number in a keyword; `otherwise` where it holds none. */
export function numberIn(node: SchemaNode, keyword: string, otherwise: number): number {
  const value = inner(node, keyword)?.schema;
  return typeof value === "number" ? value : otherwise;
}

/** The schemas of a keyword that holds a list of them. */
export function listOf(node: SchemaNode, keyword: string): readonly SchemaNode[] | undefined {
  const list = inner(node, keyword)?.schema;
  return Array.isArray(list) ? list.map((schema) => ({ schema, document: node.document })) : undefined;
}

/** The schemas of a keyword that holds them by name. */
export function mapOf(node: SchemaNode, keyword: string): ReadonlyMap<string, SchemaNode> {
  const map = inner(node, keyword)?.schema;
  if (!isObject(map)) return new Map();
  return new Map(Object.entries(map).map(([name, schema]) => [name, { schema, document: node.document }]));
}

/** Some of a schema's keywords, as a schema; undefined where it has none of them. */
export function pick(node: SchemaNode, keywords: readonly string[]): SchemaNode | undefined {
  const { schema, document } = node;
  if (!isObject(schema)) return undefined;
  const found = keywords.filter((keyword) => Object.hasOwn(schema, keyword));
  if (found.length === 0) return undefined;
  return { schema: Object.fromEntries(found.map((keyword) => [keyword, schema[keyword]])), document };
}

/** Where a `$ref` leads, within the document; undefined where that cannot be told. */
export function refTarget(node: SchemaNode): SchemaNode | undefined {
  const { document } = node;
  const { root, anchors } = document;
  const written = inner(node, "$ref")?.schema;
  if (typeof written !== "string" || anchors === undefined) return undefined;
  const own = isObject(root) && typeof root["$id"] === "string" ? root["$id"].replace(/#$/, "") : "";
  const local = own !== "" && written.startsWith(own) ? written.slice(own.length) : written;
  if (local === "" || local === "#" || local === "#/") return { schema: root, document };
  if (!local.startsWith("#")) return undefined;
  const fragment = decoded(local.slice(1));
  if (!fragment.startsWith("/")) {
    return anchors.has(fragment) ? { schema: anchors.get(fragment), document } : undefined;
  }
  let found: unknown = root;
  for (const step of fragment.split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return { schema: found, document };
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** Keywords whose values are data. */
const DATA = new Set(["const", "enum", "default", "examples", "example"]);

/** False when a schema inside has an `$id`. What is taken for a schema and is none does no harm. */
function collectAnchors(
  schema: unknown,
  anchors: Map<string, unknown>,
  isRoot: boolean,
  seen: Set<unknown>,
): boolean {
  if (typeof schema !== "object" || schema === null || seen.has(schema)) return true;
  seen.add(schema);
  if (Array.isArray(schema)) return schema.every((one) => collectAnchors(one, anchors, false, seen));
  const { $id, $anchor } = schema as Readonly<Record<string, unknown>>;
  if (typeof $anchor === "string") anchors.set($anchor, schema);
  if (typeof $id === "string" && $id.startsWith("#")) anchors.set($id.slice(1), schema);
  else if (typeof $id === "string" && !isRoot) return false;
  return Object.entries(schema).every(
    ([keyword, value]) => DATA.has(keyword) || collectAnchors(value, anchors, false, seen),
  );
}
