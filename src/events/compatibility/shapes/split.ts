import { ANYTHING, nodeOf, type SchemaNode } from "../schema/schema-node.ts";
import { without } from "./complement.ts";
import { namesOf, nodesOfMember } from "./members.ts";
import type { ObjectShape, Shape } from "./shape.ts";
import { shapesOf } from "./shapes-of.ts";

const MAX_PARTS = 32;
const MAX_WAYS = 3;

/**
 * A shape in parts that are all of it together, by the values of a property that the members of a union tell themselves
 * apart by. One way for each such property.
 */
export function splitByProperty(shape: Shape, members: readonly SchemaNode[]): readonly (readonly Shape[])[] {
  if (shape.type !== "object") return [];
  const names = [...new Set(members.flatMap(tellingNames))];
  return names.flatMap((name) => partsOf(shape, name)).slice(0, MAX_WAYS);
}

/** Properties of a member that have few values. */
function tellingNames(member: SchemaNode): readonly string[] {
  return shapesOf([member]).flatMap((shape) => {
    if (shape.type !== "object") return [];
    return namesOf(shape.groups).filter((name) =>
      shapesOf(nodesOfMember(shape.groups, name)).every(({ type }) => type === "values"),
    );
  });
}

function partsOf(shape: ObjectShape, name: string): readonly (readonly Shape[])[] {
  const shapes = shapesOf(nodesOfMember(shape.groups, name));
  const values = shapes.flatMap((one) => (one.type === "values" ? one.values : []));
  const types = shapes.flatMap((one) => (one.type === "values" ? [] : [one.type]));
  if (values.length + types.length > MAX_PARTS) return [];
  const having = [...values.map((value) => ({ const: value })), ...types.map((type) => ({ type }))];
  const parts = having.map((schema) => {
    const group = {
      properties: new Map([[name, nodeOf(schema)]]),
      patterns: new Map(),
      additional: ANYTHING,
      isSilent: true,
    };
    return { ...shape, required: [...new Set([...shape.required, name])], groups: [...shape.groups, group] };
  });
  return [shape.required.includes(name) ? parts : [...parts, without(shape, name)]];
}
