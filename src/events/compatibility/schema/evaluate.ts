import { formats } from "../../formats.ts";
import { evaluateList, evaluateObject } from "./evaluate-inside.ts";
import { equalJson, isObject, jsonTypeOf } from "./json-value.ts";
import { isAnnotation, isOpaque } from "./keywords.ts";
import { isMatch } from "./pattern-match.ts";
import { inner, listOf, refTarget, type SchemaNode } from "./schema-node.ts";
import { asAdditional } from "./unevaluated.ts";
import { all, exactlyOne, not, type Verdict } from "./verdict.ts";

/**
 * Whether a value is valid under a schema, as ajv says it with the options of this package.
 *
 * Counterexamples are proven by it, so it must say neither true nor false where it does not know.
 */
export function evaluate(node: SchemaNode, value: unknown): Verdict {
  return inPlace(node, value, new Map());
}

/** What the targets of references say of this value; undefined while one is asked, for it may lead to itself. */
type Asked = Map<unknown, Verdict>;

function inPlace(node: SchemaNode, value: unknown, asked: Asked): Verdict {
  const { schema } = node;
  if (typeof schema === "boolean") return schema;
  if (!isObject(schema)) return undefined;
  return all(
    Object.keys(schema).map((keyword) => () => {
      if (isAnnotation(keyword)) return true;
      return isOpaque(keyword) ? ofOpaque(node, keyword, value) : byKeyword(node, keyword, value, asked);
    }),
  );
}

function ofOpaque(node: SchemaNode, keyword: string, value: unknown): Verdict {
  const additional = keyword === "unevaluatedProperties" ? asAdditional(node) : undefined;
  return additional === undefined ? undefined : evaluate(additional, value);
}

function byKeyword(node: SchemaNode, keyword: string, value: unknown, asked: Asked): Verdict {
  const given = inner(node, keyword)?.schema;
  const here = (one: SchemaNode): Verdict => inPlace(one, value, asked);
  switch (keyword) {
    case "type":
      return isOfType(node, value);
    case "const":
      return equalJson(given, value);
    case "enum":
      return Array.isArray(given) ? given.some((one) => equalJson(one, value)) : undefined;
    case "$ref": {
      const target = refTarget(node);
      if (target === undefined) return undefined;
      if (!asked.has(target.schema)) {
        asked.set(target.schema, undefined);
        asked.set(target.schema, inPlace(target, value, asked));
      }
      return asked.get(target.schema);
    }
    case "allOf":
      return all((listOf(node, keyword) ?? []).map((one) => () => here(one)));
    case "anyOf":
      return not(all((listOf(node, keyword) ?? []).map((one) => () => not(here(one)))));
    case "oneOf":
      return exactlyOne((listOf(node, keyword) ?? []).map(here));
    case "not":
      return not(here({ schema: given, document: node.document }));
    case "if":
      return conditional(node, here);
    default:
      return byType(node, keyword, given, value);
  }
}

function byType(node: SchemaNode, keyword: string, given: unknown, value: unknown): Verdict {
  switch (jsonTypeOf(value)) {
    case "number":
      return typeof given === "number" ? ofNumber(keyword, given, value as number) : true;
    case "string":
      return ofString(keyword, given, value as string);
    case "array":
      return evaluateList(node, keyword, value as readonly unknown[], evaluate);
    case "object":
      return evaluateObject(node, keyword, value as Readonly<Record<string, unknown>>, evaluate);
    default:
      return true;
  }
}

function isOfType(node: SchemaNode, value: unknown): boolean {
  const type = jsonTypeOf(value);
  return typesOf(node).some(
    (allowed) => allowed === type || (allowed === "integer" && Number.isInteger(value)),
  );
}

/** The types that a schema names, "null" among them where it is nullable. */
export function typesOf(node: SchemaNode): readonly unknown[] {
  const type = inner(node, "type")?.schema;
  const types = Array.isArray(type) ? type : [type];
  return inner(node, "nullable")?.schema === true ? [...types, "null"] : types;
}

function conditional(node: SchemaNode, here: (one: SchemaNode) => Verdict): Verdict {
  const [condition, then, otherwise] = ["if", "then", "else"].map((keyword) => inner(node, keyword));
  const [yes, no] = [then, otherwise].map((one) => one === undefined || here(one));
  const met = condition === undefined || here(condition);
  if (met === undefined) return yes === no ? yes : undefined;
  return met ? yes : no;
}

function ofNumber(keyword: string, given: number, value: number): Verdict {
  switch (keyword) {
    case "minimum":
      return value >= given;
    case "maximum":
      return value <= given;
    case "exclusiveMinimum":
      return value > given;
    case "exclusiveMaximum":
      return value < given;
    case "multipleOf":
      return Number.isInteger(value / given);
    default:
      return true;
  }
}

function ofString(keyword: string, given: unknown, value: string): Verdict {
  switch (keyword) {
    case "minLength":
      return typeof given === "number" && lengthOf(value) >= given;
    case "maxLength":
      return typeof given === "number" && lengthOf(value) <= given;
    case "pattern":
      return isMatch(String(given), value);
    case "format":
      return Object.hasOwn(formats, String(given)) ? formats[String(given)]?.(value) : undefined;
    default:
      return true;
  }
}

/** In code points, as JSON Schema counts. */
export function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}
