import { InvalidOptionError } from "../core/errors.ts";
import { pointer } from "./check-result.ts";
import { draftOf } from "./draft.ts";
import { checkReferences } from "./references.ts";
import { SENSITIVE } from "./sensitive.ts";
import { isObject } from "./subschemas.ts";

/** Deeper than any schema that a person wrote; also where a cycle ends. */
const MAX_DEPTH = 100;

/** Refuses, where the schema is given, what ajv would not check and would not mention either, and what it would have to fetch. */
export function checkSchemaForm(where: string, schema: unknown): void {
  if (typeof schema !== "boolean" && (!isObject(schema) || Array.isArray(schema))) {
    throw new InvalidOptionError(where, "schema must be a JSON Schema: an object, or true or false");
  }
  walk(where, schema, "", 0);
  draftOf(where, schema);
  checkReferences(where, schema);
}

function walk(where: string, node: unknown, path: string, depth: number): void {
  if (!isObject(node)) return;
  if (depth > MAX_DEPTH) {
    throw new InvalidOptionError(
      where,
      `schema is nested deeper than ${MAX_DEPTH} levels, or contains itself`,
    );
  }
  const wrong = complaintOf(node);
  if (wrong !== undefined) throw new InvalidOptionError(where, `schema${path}${wrong}`);
  for (const name of Object.keys(node)) walk(where, node[name], pointer(path, name), depth + 1);
}

function complaintOf(node: Record<string, unknown>): string | undefined {
  if ("$async" in node && node["$async"] !== false) return "/$async: asynchronous schemas are not supported";
  if (Object.hasOwn(node, "__proto__")) return ': ajv does not check a member named "__proto__"; take it out';
  // ajv writes it into a comment of the code that it makes.
  if (typeof node["$id"] === "string" && node["$id"].includes("*/")) return '/$id must not hold "*/"';
  if (SENSITIVE in node && typeof node[SENSITIVE] === "string") {
    return `/${SENSITIVE} must be true or false`;
  }
  return undefined;
}
