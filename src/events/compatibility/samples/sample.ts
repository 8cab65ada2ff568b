import { evaluate } from "../schema/evaluate.ts";
import { equalJson, isObject } from "../schema/json-value.ts";
import { inner, type SchemaNode } from "../schema/schema-node.ts";
import type { Shape } from "../shapes/shape.ts";
import { shapesOf } from "../shapes/shapes-of.ts";
import { numberSamples } from "./number-sample.ts";
import { listSamples, objectSamples } from "./sample-inside.ts";
import { textSamples } from "./text-sample.ts";

/** How far optional members are filled in. What is required goes somewhat deeper. */
const DEPTH = 3;
/** Where everything is allowed inside. */
const ANY_VALUES: readonly unknown[] = ["a", 1, true, null, {}, [], "b", 2];

/** Of each shape of a member. */
const MAX_SAMPLES = 8;

/** What may be valid under schemas: all, or what their writers write. */
export type ShapesOf = (nodes: readonly SchemaNode[]) => readonly Shape[];

/**
 * Values that are valid under all of these schemas: examples and defaults that they hold first, then the simplest, then
 * those at the bounds of the schemas and of `near`.
 *
 * It is a search: for some schemas it finds nothing.
 */
export function validSamples(
  nodes: readonly SchemaNode[],
  near: readonly Shape[] = [],
  shapes: ShapesOf = shapesOf,
  depth: number = DEPTH,
): readonly unknown[] {
  if (depth < -DEPTH) return [];
  if (depth < DEPTH && nodes.every(({ schema }) => schema === true)) return ANY_VALUES;
  const found: unknown[] = [];
  for (const shape of shapes(nodes)) {
    let own = 0;
    for (const value of samplesOfShape(shape, near, shapes, depth)) {
      if (own === MAX_SAMPLES) break;
      if (found.some((one) => equalJson(one, value))) continue;
      if (!nodes.every((node) => evaluate(node, value) === true)) continue;
      found.push(value);
      own += 1;
    }
  }
  return found;
}

/** Values that may be of a shape; whether they are, the schema decides. */
export function samplesOfShape(
  shape: Shape,
  near: readonly Shape[] = [],
  shapes: ShapesOf = shapesOf,
  depth: number = DEPTH,
): readonly unknown[] {
  return [...shape.known.flatMap(writtenExamples), ...made(shape, near, shapes, depth)];
}

function writtenExamples({ schema, document }: SchemaNode): readonly unknown[] {
  if (!isObject(schema)) return [];
  const { examples } = schema;
  const byDefault = inner({ schema, document }, "default");
  return [
    ...(Array.isArray(examples) ? examples : []),
    ...(byDefault === undefined ? [] : [byDefault.schema]),
  ];
}

function made(shape: Shape, near: readonly Shape[], shapes: ShapesOf, depth: number): readonly unknown[] {
  const member = (nodes: readonly SchemaNode[]): readonly unknown[] =>
    validSamples(nodes, [], shapes, depth - 1);
  switch (shape.type) {
    case "values":
      return shape.values;
    case "number":
      return numberSamples(shape, near);
    case "string":
      return textSamples(
        shape,
        near.flatMap((one) => (one.type === "string" ? [one.minLength, one.maxLength] : [])),
      );
    case "array":
      return listSamples(shape, near, depth, member);
    case "object":
      return objectSamples(shape, near, depth, member);
  }
}
