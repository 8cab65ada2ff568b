import { equalJson } from "./json-value.ts";
import { isMatch } from "./pattern-match.ts";
import { inner, listOf, mapOf, nodeOf, numberIn, type SchemaNode } from "./schema-node.ts";
import { all, not, type Verdict } from "./verdict.ts";

/** Judges a value inside the one that is judged. */
type Evaluate = (node: SchemaNode, value: unknown) => Verdict;

export function evaluateList(
  node: SchemaNode,
  keyword: string,
  list: readonly unknown[],
  evaluate: Evaluate,
): Verdict {
  const given = inner(node, keyword)?.schema;
  const size = numberIn(node, keyword, 0);
  switch (keyword) {
    case "minItems":
      return list.length >= size;
    case "maxItems":
      return list.length <= size;
    case "uniqueItems":
      return given !== true || list.every((one, at) => !list.slice(0, at).some((two) => equalJson(one, two)));
    case "prefixItems":
    case "items":
    case "additionalItems": {
      const { prefix, rest } = tupleOf(node);
      return all(list.map((item, at) => () => evaluate(prefix[at] ?? rest, item)));
    }
    case "contains":
      return evaluateContains(node, list, evaluate);
    default:
      return true;
  }
}

/** What the items must be, one by one and from there on, in whichever draft's words. */
export function tupleOf(node: SchemaNode): {
  readonly prefix: readonly SchemaNode[];
  readonly rest: SchemaNode;
} {
  const prefix = listOf(node, "prefixItems") ?? listOf(node, "items") ?? [];
  const isList = Array.isArray(inner(node, "items")?.schema);
  const rest = inner(node, isList ? "additionalItems" : "items");
  return { prefix, rest: rest ?? nodeOf(true) };
}

/** How many items must match, and may at most. */
export function containsBounds(node: SchemaNode): { readonly min: number; readonly max: number } {
  return {
    min: numberIn(node, "minContains", 1),
    max: numberIn(node, "maxContains", Number.POSITIVE_INFINITY),
  };
}

function evaluateContains(node: SchemaNode, list: readonly unknown[], evaluate: Evaluate): Verdict {
  const one = inner(node, "contains");
  if (one === undefined) return true;
  const { min, max } = containsBounds(node);
  const verdicts = list.map((item) => evaluate(one, item));
  const surely = verdicts.filter((verdict) => verdict === true).length;
  const perhaps = surely + verdicts.filter((verdict) => verdict === undefined).length;
  if (perhaps < min || surely > max) return false;
  return surely >= min && perhaps <= max ? true : undefined;
}

export function evaluateObject(
  node: SchemaNode,
  keyword: string,
  object: Readonly<Record<string, unknown>>,
  evaluate: Evaluate,
): Verdict {
  const given = inner(node, keyword)?.schema;
  const size = numberIn(node, keyword, 0);
  const names = Object.keys(object);
  switch (keyword) {
    case "required":
      return Array.isArray(given) && given.every((name) => Object.hasOwn(object, String(name)));
    case "minProperties":
      return names.length >= size;
    case "maxProperties":
      return names.length <= size;
    case "propertyNames":
      return all(names.map((name) => () => evaluate({ schema: given, document: node.document }, name)));
    case "properties":
    case "patternProperties":
    case "additionalProperties":
      return evaluateMembers(node, keyword, object, evaluate);
    case "dependentRequired":
    case "dependentSchemas":
    case "dependencies":
      return all(
        [...mapOf(node, keyword)]
          .filter(([trigger]) => Object.hasOwn(object, trigger))
          .map(
            ([, dependent]) =>
              () =>
                evaluate(dependentNode(dependent), object),
          ),
      );
    default:
      return true;
  }
}

/** What a trigger's presence demands, a list of names or a schema, as a schema. */
export function dependentNode({ schema, document }: SchemaNode): SchemaNode {
  return { schema: Array.isArray(schema) ? { required: schema } : schema, document };
}

function evaluateMembers(
  node: SchemaNode,
  keyword: string,
  object: Readonly<Record<string, unknown>>,
  evaluate: Evaluate,
): Verdict {
  const properties = mapOf(node, "properties");
  const patterns = [...mapOf(node, "patternProperties")];
  const additional = inner(node, "additionalProperties");
  const ofMember = (name: string): Verdict => {
    const value = object[name];
    const own = properties.get(name);
    if (keyword === "properties") return own === undefined || evaluate(own, value);
    const matches = patterns.map(([pattern, one]) => [isMatch(pattern, name), one] as const);
    if (keyword === "patternProperties") {
      return all(
        matches.map(
          ([matched, one]) =>
            () =>
              matched ? evaluate(one, value) : not(matched),
        ),
      );
    }
    if (own !== undefined || matches.some(([matched]) => matched === true)) return true;
    if (matches.some(([matched]) => matched === undefined)) return undefined;
    return additional === undefined || evaluate(additional, value);
  };
  return all(Object.keys(object).map((name) => () => ofMember(name)));
}
