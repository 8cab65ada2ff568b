import { isSameSchema } from "../schema/same-schema.ts";
import { inner, type SchemaNode } from "../schema/schema-node.ts";
import { intersect } from "./intersect.ts";
import { nodesOfItem, nodesOfMember } from "./members.ts";
import type { Shape } from "./shape.ts";
import { shapesOf } from "./shapes-of.ts";

/** How far into values one looks for what makes them impossible. */
const MAX_DEPTH = 3;

/** Whether no value is valid under all of these schemas. False where it cannot be told. */
export function isImpossible(nodes: readonly SchemaNode[], depth: number = MAX_DEPTH): boolean {
  if (nodes.some(({ schema }) => schema === false)) return true;
  return shapesOf(nodes).every((shape) => isEmpty(shape, depth));
}

/** Whether nothing is in a shape. False where it cannot be told. */
export function isEmpty(shape: Shape, depth: number = MAX_DEPTH): boolean {
  if (depth <= 0) return false;
  if (shape.type === "object") {
    if (Math.max(shape.required.length, shape.minProperties) > shape.maxProperties) return true;
    return shape.required.some((name) => isImpossible(nodesOfMember(shape.groups, name), depth - 1));
  }
  if (shape.type === "array") {
    return Array.from({ length: Math.min(shape.minItems, 20) }).some((_, at) =>
      isImpossible(nodesOfItem(shape, at), depth - 1),
    );
  }
  return false;
}

/** Whether no value of a shape is valid under a schema. False where it cannot be told. */
export function isDisjoint(shape: Shape, node: SchemaNode): boolean {
  const refused = shape.known.flatMap((known) => inner(known, "not") ?? []);
  if (refused.some((one) => isSameSchema(one, node))) return true;
  return shapesOf([node]).every((other) => {
    const both = intersect(shape, other);
    return both === undefined || isEmpty(both);
  });
}
