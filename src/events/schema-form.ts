import { InvalidOptionError } from "../core/errors.ts";
import { pointer } from "./check-result.ts";

/** Deeper than any schema that a person wrote; also where a cycle ends. */
const MAX_DEPTH = 100;

/** Refuses, where the schema is given, what ajv would not check and would not mention either. */
export function checkSchemaForm(where: string, schema: unknown): void {
  if (typeof schema !== "boolean" && !isObject(schema)) {
    throw new InvalidOptionError(where, "schema must be a JSON Schema: an object, or true or false");
  }
  walk(where, schema, "", 0);
}

function walk(where: string, node: unknown, path: string, depth: number): void {
  if (!isObject(node)) return;
  if (depth > MAX_DEPTH) {
    throw new InvalidOptionError(
      where,
      `schema is nested deeper than ${MAX_DEPTH} levels, or contains itself`,
    );
  }
  if ("$async" in node && node["$async"] !== false) {
    throw new InvalidOptionError(where, `schema${path}/$async: asynchronous schemas are not supported`);
  }
  for (const name of Object.keys(node)) {
    if (name === "__proto__") {
      throw new InvalidOptionError(
        where,
        `schema${path}: ajv does not check a member named "__proto__"; take it out`,
      );
    }
    walk(where, node[name], pointer(path, name), depth + 1);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
