import { isObject } from "../schema/json-value.ts";
import { isAnnotation } from "../schema/keywords.ts";
import { ANYTHING, NOTHING, type SchemaNode } from "../schema/schema-node.ts";
import { ANY_OBJECT, ANY_SHAPES, type ObjectShape, type Shape } from "./shape.ts";

/**
 * Shapes that hold every value that a schema refuses.
 *
 * Two kinds of schema are understood, those that name types and those that name required properties; of all others every
 * value may be refused.
 */
export function refusedBy(node: SchemaNode): readonly Shape[] {
  const known = [{ schema: { not: node.schema }, document: node.document }];
  return refusedShapes(node).map((shape) => ({ ...shape, known }));
}

function refusedShapes({ schema }: SchemaNode): readonly Shape[] {
  if (!isObject(schema)) return schema === true ? [] : ANY_SHAPES;
  const keywords = Object.keys(schema).filter((keyword) => !isAnnotation(keyword));
  if (keywords.length !== 1) return ANY_SHAPES;
  const { type, required } = schema;
  if (type !== undefined) return ANY_SHAPES.flatMap((shape) => notOfTypes(shape, [type].flat()));
  if (!Array.isArray(required)) return ANY_SHAPES;
  return required.map((name) => without(ANY_OBJECT, String(name)));
}

function notOfTypes(shape: Shape, types: readonly unknown[]): readonly Shape[] {
  if (shape.type !== "values") return types.includes(shape.type) ? [] : [shape];
  const values = shape.values.filter((value) => !types.includes(value === null ? "null" : typeof value));
  return values.length === 0 ? [] : [{ ...shape, values }];
}

/** Objects without a property. */
export function without(shape: ObjectShape, name: string): ObjectShape {
  const group = {
    properties: new Map([[name, NOTHING]]),
    patterns: new Map(),
    additional: ANYTHING,
    isSilent: true,
  };
  return { ...shape, groups: [...shape.groups, group] };
}
