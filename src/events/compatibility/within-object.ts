import { pointer } from "../check-result.ts";
import { type Miss, miss, type Place, part } from "./finding.ts";
import type { InPlaceRun } from "./run.ts";
import { dependentNode } from "./schema/evaluate-inside.ts";
import { inner, mapOf, numberIn, type SchemaNode } from "./schema/schema-node.ts";
import type { ObjectShape } from "./shapes/shape.ts";
import { mayHave, namesWithin, possibleNames, propertiesWithin } from "./within-properties.ts";

export function objectWithin(
  shape: ObjectShape,
  node: SchemaNode,
  keyword: string,
  place: Place,
  run: InPlaceRun,
): readonly Miss[] {
  const { path } = place;
  const { reader, writer } = run.words;
  const given = numberIn(node, keyword, Number.NaN);
  switch (keyword) {
    case "required":
      return requiredWithin(shape, node, path, run);
    case "minProperties":
      if (Math.max(shape.minProperties, shape.required.length) >= given) return [];
      return [
        miss(
          node,
          path,
          keyword,
          `must have ${given} properties or more for ${reader}; ${writer} allows fewer`,
        ),
      ];
    case "maxProperties": {
      const most = possibleNames(shape)?.length ?? Number.POSITIVE_INFINITY;
      if (Math.min(shape.maxProperties, most) <= given) return [];
      return [
        miss(
          node,
          path,
          keyword,
          `must have ${given} properties or fewer for ${reader}; ${writer} allows more`,
        ),
      ];
    }
    case "propertyNames":
      return namesWithin(shape, node, path, run);
    case "dependentRequired":
    case "dependentSchemas":
    case "dependencies":
      return dependentsWithin(shape, node, keyword, place, run);
    default:
      // What several keywords say together is looked at once.
      return keyword === firstOf(node) ? propertiesWithin(shape, node, path, run) : [];
  }
}

function firstOf(node: SchemaNode): string | undefined {
  return ["properties", "patternProperties", "additionalProperties"].find(
    (keyword) => inner(node, keyword) !== undefined,
  );
}

function requiredWithin(
  shape: ObjectShape,
  node: SchemaNode,
  path: string,
  { words: { reader, writer } }: InPlaceRun,
): readonly Miss[] {
  const required = inner(node, "required")?.schema;
  const missing = (Array.isArray(required) ? required : []).filter((name) => !shape.required.includes(name));
  return missing.map((name) => ({
    ...miss(node, pointer(path, name), "required", `is required by ${reader}; ${writer} lets it be missing`),
    broken: { schema: { required: [name] }, document: node.document },
    inside: { value: undefined },
  }));
}

/** Where a trigger can be, what it demands must hold of the objects that have it. */
function dependentsWithin(
  shape: ObjectShape,
  node: SchemaNode,
  keyword: string,
  place: Place,
  run: InPlaceRun,
): readonly Miss[] {
  return [...mapOf(node, keyword)].flatMap(([trigger, dependent]) => {
    if (!mayHave(shape, trigger)) return [];
    const having: ObjectShape = { ...shape, required: [...new Set([...shape.required, trigger])] };
    const misses = run.within(having, dependentNode(dependent), place, run);
    return misses.map((one) => ({ ...one, keyword, broken: part(node, keyword) }));
  });
}
