import { pointer } from "./check-result.ts";

/** A schema inside another: where, and by which keyword; `step` is what a value's path goes through, if anything. */
export interface Subschema {
  readonly path: string;
  readonly schema: unknown;
  readonly keyword: string;
  readonly step: Step;
}

/** Nothing, for a schema of the same value; the member it is of; any member or item; or no part of the value. */
export type Step = "here" | "any" | "nowhere" | { readonly member: string };

/** Keywords whose value is a schema, by what of the value it is of. */
const ONE: Readonly<Record<string, Step>> = {
  additionalProperties: "any",
  unevaluatedProperties: "any",
  propertyNames: "any",
  additionalItems: "any",
  unevaluatedItems: "any",
  contains: "any",
  items: "any",
  not: "here",
  if: "here",
  // biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema
  then: "here",
  else: "here",
};
/** Whose value is a list of schemas. */
const LISTS: Readonly<Record<string, Step>> = {
  allOf: "here",
  anyOf: "here",
  oneOf: "here",
  prefixItems: "any",
  items: "any",
};
/** Whose value has schemas as its members. */
const MAPS: Readonly<Record<string, (name: string) => Step>> = {
  properties: (member) => ({ member }),
  patternProperties: () => "any",
  dependentSchemas: () => "here",
  dependencies: () => "here",
  $defs: () => "nowhere",
  definitions: () => "nowhere",
};

/** The schemas directly in a schema. What `const`, `enum`, `default` and `examples` hold is data, and no schema. */
export function subschemasOf(schema: unknown): readonly Subschema[] {
  if (!isObject(schema) || Array.isArray(schema)) return [];
  const found: Subschema[] = [];
  for (const keyword of Object.keys(schema)) {
    const value = schema[keyword];
    const path = pointer("", keyword);
    const list = Object.hasOwn(LISTS, keyword) ? LISTS[keyword] : undefined;
    const one = Object.hasOwn(ONE, keyword) ? ONE[keyword] : undefined;
    const map = Object.hasOwn(MAPS, keyword) ? MAPS[keyword] : undefined;
    if (Array.isArray(value)) {
      if (list !== undefined)
        value.forEach((item, at) => {
          found.push({ path: pointer(path, at), schema: item, keyword, step: list });
        });
    } else if (one !== undefined) found.push({ path, schema: value, keyword, step: one });
    else if (map !== undefined && isObject(value)) {
      for (const name of Object.keys(value)) {
        if (!Array.isArray(value[name]))
          found.push({ path: pointer(path, name), schema: value[name], keyword, step: map(name) });
      }
    }
  }
  return found;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
