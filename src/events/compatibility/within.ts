import { evaluate, typesOf } from "./evaluate.ts";
import { type Miss, miss, type Place, part } from "./finding.ts";
import { isObject } from "./json-value.ts";
import { isAnnotation, isOpaque, OF_TYPE } from "./keywords.ts";
import type { Run } from "./run.ts";
import { isSameSchema } from "./same-schema.ts";
import { listOf, refTarget, type SchemaNode } from "./schema-node.ts";
import type { Shape, ValuesShape } from "./shape.ts";
import { alternativesWithin, conditionWithin, notWithin } from "./within-combined.ts";
import { listWithin } from "./within-list.ts";
import { objectWithin } from "./within-object.ts";
import { numberWithin, textWithin } from "./within-scalar.ts";

/** Why not every value of a shape is valid under a schema, keyword by keyword. */
export function within(shape: Shape, node: SchemaNode, place: Place, run: Run): readonly Miss[] {
  const { schema } = node;
  const { path } = place;
  const { reader } = run.words;
  if (schema === true || shape.known.some((known) => isSameSchema(known, node))) return [];
  if (!isObject(schema)) return [miss(node, path, "false", `nothing is allowed here by ${reader}`)];
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
          `only some values are allowed by ${run.words.reader}, more by ${run.words.writer}`,
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
    default:
      return isOpaque(keyword)
        ? [miss(node, path, keyword, `what ${keyword} allows cannot be compared`)]
        : ofType(shape, node, keyword, place, run);
  }
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
  const came = isInteger ? "integer" : shape.type;
  const { reader, writer } = run.words;
  return [
    miss(node, path, "type", `must be ${types.join(" or ")} by ${reader}; ${came} is allowed by ${writer}`),
  ];
}

/** As many values as a message names. */
const NAMED = 3;

function valuesWithin(shape: ValuesShape, node: SchemaNode, path: string, run: Run): readonly Miss[] {
  const verdicts = shape.values.map((value) => [value, evaluate(node, value)] as const);
  const refused = verdicts.flatMap(([value, verdict]) => (verdict === false ? [value] : []));
  const unclear = verdicts.some(([, verdict]) => verdict === undefined);
  const named = refused.slice(0, NAMED).map((value) => JSON.stringify(value));
  const more = refused.length > NAMED ? ` and ${refused.length - NAMED} more` : "";
  const { reader, writer } = run.words;
  return [
    ...(refused.length === 0
      ? []
      : [
          miss(
            node,
            path,
            refusing(node, refused[0]),
            `${named.join(", ")}${more} ${refused.length === 1 ? "is" : "are"} allowed by ${writer}, and not by ${reader}`,
            () => refused,
          ),
        ]),
    ...(unclear ? [miss(node, path, "enum", `whether ${reader} allows the same values cannot be told`)] : []),
  ];
}

/** The keyword of a schema that refuses a value, for words about it. */
function refusing(node: SchemaNode, value: unknown): string {
  const keywords = isObject(node.schema) ? Object.keys(node.schema) : [];
  const found = keywords.find((keyword) => evaluate(part(node, keyword), value) === false);
  if (found !== "$ref" && found !== "allOf") return found ?? "";
  const into = found === "$ref" ? [refTarget(node)] : (listOf(node, found) ?? []);
  const refuses = into.find((one) => one !== undefined && evaluate(one, value) === false);
  return refuses === undefined ? found : refusing(refuses, value);
}
