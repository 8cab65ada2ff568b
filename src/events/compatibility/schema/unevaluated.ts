import { isObject } from "./json-value.ts";
import { inner, listOf, mapOf, refTarget, type SchemaNode } from "./schema-node.ts";

/** Keywords under which it depends on the value which properties have been evaluated. */
const CONDITIONAL = [
  "anyOf",
  "oneOf",
  "if",
  "dependentSchemas",
  "dependencies",
  "$dynamicRef",
  "$recursiveRef",
];

/** What a schema evaluates of any object: `undefined` in it for all properties. */
interface Evaluated {
  readonly names: readonly string[];
  readonly patterns: readonly string[];
  readonly isAll: boolean;
}

/**
 * The `unevaluatedProperties` of a schema in the words of `additionalProperties`, where references and allOf alone stand beside
 * it: what they name, and all else. Undefined where it has none, or where what it means depends on the value.
 */
export function asAdditional(node: SchemaNode): SchemaNode | undefined {
  const rest = inner(node, "unevaluatedProperties");
  const evaluated = rest === undefined ? undefined : evaluatedBy(node, [], true);
  if (rest === undefined || evaluated === undefined) return undefined;
  if (evaluated.isAll) return { schema: true, document: node.document };
  const any = (keys: readonly string[]): object => Object.fromEntries(keys.map((key) => [key, true]));
  const schema = {
    properties: any(evaluated.names),
    patternProperties: any(evaluated.patterns),
    additionalProperties: rest.schema,
  };
  return { schema, document: node.document };
}

function evaluatedBy(node: SchemaNode, seen: readonly unknown[], isOwn: boolean): Evaluated | undefined {
  const { schema } = node;
  if (!isObject(schema)) return { names: [], patterns: [], isAll: false };
  if (seen.includes(schema) || CONDITIONAL.some((keyword) => Object.hasOwn(schema, keyword)))
    return undefined;
  const target = "$ref" in schema ? refTarget(node) : node;
  if (target === undefined) return undefined;
  const inside = [...(target === node ? [] : [target]), ...(listOf(node, "allOf") ?? [])];
  const parts = inside.map((one) => evaluatedBy(one, [...seen, schema], false));
  const own: Evaluated = {
    names: [...mapOf(node, "properties").keys()],
    patterns: [...mapOf(node, "patternProperties").keys()],
    isAll: "additionalProperties" in schema || (!isOwn && "unevaluatedProperties" in schema),
  };
  return parts.reduce<Evaluated | undefined>(
    (all, one) =>
      all === undefined || one === undefined
        ? undefined
        : {
            names: all.names.concat(one.names),
            patterns: all.patterns.concat(one.patterns),
            isAll: all.isAll || one.isAll,
          },
    own,
  );
}
