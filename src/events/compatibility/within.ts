import { type Miss, miss, type Place, part } from "./finding.ts";
import type { Run } from "./run.ts";
import { evaluate, typesOf } from "./schema/evaluate.ts";
import { isObject } from "./schema/json-value.ts";
import { isAnnotation, isOpaque, OF_TYPE } from "./schema/keywords.ts";
import { isSameSchema } from "./schema/same-schema.ts";
import { listOf, refTarget, type SchemaNode } from "./schema/schema-node.ts";
import { asAdditional } from "./schema/unevaluated.ts";
import type { Shape, ValuesShape } from "./shapes/shape.ts";
import { alternativesWithin, conditionWithin, notWithin } from "./within-combined.ts";
import { listWithin } from "./within-list.ts";
import { objectWithin } from "./within-object.ts";
import { numberWithin, textWithin } from "./within-scalar.ts";

/** Why not every value of a shape is valid under a schema, keyword by keyword. */
export function within(shape: Shape, node: SchemaNode, place: Place, run: Run): readonly Miss[] {
  const { schema } = node;
  const { path } = place;
  if (schema === true || shape.known.some((known) => isSameSchema(known, node))) return [];
  if (!isObject(schema))
    return [
      miss(node, path, "false", `is not allowed by ${run.words.reader}; ${run.words.writer} allows it`),
    ];
  if (!run.spend()) return [miss(node, path, "", "the schemas are too large to be compared", () => [])];
  if (shape.type === "values") return valuesWithin(shape, node, path, run);
  return Object.keys(schema).flatMap((keyword) =>
    isAnnotation(keyword) ? [] : keywordWithin(shape, node, keyword, place, run),
  );
}

function keywordWithin(
  shape: Exclude<Shape, ValuesShape>,
  node: SchemaNode,
  keyword: string,
  place: Place,
  run: Run,
): readonly Miss[] {
  const { path, seen } = place;
  switch (keyword) {
    case "type":
      return typeWithin(shape, node, path, run);
    case "enum":
    case "const":
      return [
        miss(
          node,
          path,
          keyword,
          `${run.words.reader} allows some values only; ${run.words.writer} allows more`,
        ),
      ];
    case "$ref": {
      const target = refTarget(node);
      if (target === undefined || seen.includes(target.schema)) {
        return [miss(node, path, keyword, "the reference cannot be followed", () => [])];
      }
      return within(shape, target, { path, seen: [...seen, target.schema] }, run);
    }
    case "allOf":
      return (listOf(node, keyword) ?? []).flatMap((one) => within(shape, one, place, run));
    case "anyOf":
    case "oneOf":
      return alternativesWithin(shape, node, keyword, place, { ...run, within });
    case "not":
      return notWithin(shape, node, path, run);
    case "if":
      return conditionWithin(shape, node, place, { ...run, within });
    case "unevaluatedProperties": {
      const additional = asAdditional(node);
      if (additional === undefined) break;
      return within(shape, additional, place, run).map((one) => ({ ...one, broken: additional }));
    }
    default:
      if (!isOpaque(keyword)) return ofType(shape, node, keyword, place, run);
  }
  return [miss(node, path, keyword, `what ${keyword} allows cannot be compared`)];
}
function ofType(
  shape: Exclude<Shape, ValuesShape>,
  node: SchemaNode,
  keyword: string,
  place: Place,
  run: Run,
): readonly Miss[] {
  const own: readonly string[] = OF_TYPE[shape.type];
  if (!own.includes(keyword)) return [];
  switch (shape.type) {
    case "number":
      return numberWithin(shape, node, keyword, place.path, run);
    case "string":
      return textWithin(shape, node, keyword, place.path, run);
    case "array":
      return listWithin(shape, node, keyword, place.path, run);
    case "object":
      return objectWithin(shape, node, keyword, place, { ...run, within });
  }
}

function typeWithin(
  shape: Exclude<Shape, ValuesShape>,
  node: SchemaNode,
  path: string,
  run: Run,
): readonly Miss[] {
  const types = typesOf(node);
  const isInteger = shape.type === "number" && (shape.isInteger || shape.multiples.some(Number.isInteger));
  if (types.includes(shape.type) || (isInteger && types.includes("integer"))) return [];
  return [miss(node, path, "type", ofTypes(node, run))];
}

/** The same words for every other type, so that they are one finding. */
function ofTypes(node: SchemaNode, { words }: Run): string {
  return `must be ${typesOf(node).join(" or ")} for ${words.reader}; ${words.writer} allows other types`;
}

/** As many values as a message names. */
const NAMED = 3;

function valuesWithin(shape: ValuesShape, node: SchemaNode, path: string, run: Run): readonly Miss[] {
  const verdicts = shape.values.map((value) => [value, evaluate(node, value)] as const);
  const refused = verdicts.flatMap(([value, verdict]) => (verdict === false ? [value] : []));
  const isUnclear = verdicts.some(([, verdict]) => verdict === undefined);
  const told = refused.length === 0 ? [] : [refusedValues(refused, node, path, run)];
  if (!isUnclear) return told;
  const { reader } = run.words;
  return [...told, miss(node, path, "enum", `whether ${reader} allows the same values cannot be told`)];
}

function refusedValues(refused: readonly unknown[], node: SchemaNode, path: string, run: Run): Miss {
  const keyword = refusing(node, refused[0]);
  const named = refused.slice(0, NAMED).map((value) => JSON.stringify(value));
  const more = refused.length > NAMED ? ` and ${refused.length - NAMED} more` : "";
  const [are, them] = refused.length === 1 ? ["is", "it"] : ["are", "them"];
  const { reader, writer } = run.words;
  const message =
    keyword === "type" && isObject(node.schema) && "type" in node.schema
      ? ofTypes(node, run)
      : `${named.join(", ")}${more} ${are} not allowed by ${reader}; ${writer} allows ${them}`;
  return miss(node, path, keyword, message, () => refused);
}

/** The keyword of a schema that refuses a value, for words about it. */
function refusing(node: SchemaNode, value: unknown, seen: readonly unknown[] = []): string {
  const keywords = isObject(node.schema) && !seen.includes(node.schema) ? Object.keys(node.schema) : [];
  const found = keywords.find((keyword) => evaluate(part(node, keyword), value) === false);
  if (found !== "$ref" && found !== "allOf") return found ?? "";
  const into = found === "$ref" ? [refTarget(node)] : (listOf(node, found) ?? []);
  const refuses = into.find((one) => one !== undefined && evaluate(one, value) === false);
  return refuses === undefined ? found : refusing(refuses, value, [...seen, node.schema]);
}
