import { evaluate, typesOf } from "../schema/evaluate.ts";
import { dependentNode, tupleOf } from "../schema/evaluate-inside.ts";
import { isObject } from "../schema/json-value.ts";
import {
  ANYTHING,
  inner,
  listOf,
  mapOf,
  NOTHING,
  numberIn,
  refTarget,
  type SchemaDocument,
  type SchemaNode,
} from "../schema/schema-node.ts";
import { asAdditional } from "../schema/unevaluated.ts";
import { refusedBy, without } from "./complement.ts";
import { intersectAll, tidyList, tidyNumber, tidyText } from "./intersect.ts";
import {
  ANY_LIST,
  ANY_NUMBER,
  ANY_OBJECT,
  ANY_SHAPES,
  ANY_TEXT,
  type NumberShape,
  type ObjectShape,
  type Shape,
  unique,
} from "./shape.ts";

/** More alternatives than this are left out, together: the shapes then hold more than the schema. */
const MAX_SHAPES = 64;

/** Shapes that hold every value that is valid under all of these schemas. */
export function shapesOf(nodes: readonly SchemaNode[]): readonly Shape[] {
  return nodes.reduce<readonly Shape[]>(
    (shapes, node) => narrowed(shapes, shapesOfOne(node, [])),
    ANY_SHAPES,
  );
}

function narrowed(shapes: readonly Shape[], more: readonly Shape[]): readonly Shape[] {
  const both = intersectAll(shapes, more);
  return both.length > MAX_SHAPES ? shapes : both;
}

/** What was found before, by document: schemas that refer to each other in many ways are looked at once. */
const found = new WeakMap<SchemaDocument, WeakMap<object, readonly Shape[]>>();

function shapesOfOne(node: SchemaNode, seen: readonly unknown[]): readonly Shape[] {
  const { schema, document } = node;
  if (schema === false) return [];
  // A schema that is its own alternative, without going into the value, says nothing that could be used.
  if (!isObject(schema) || seen.includes(schema)) return ANY_SHAPES;
  const before = found.get(document) ?? new WeakMap<object, readonly Shape[]>();
  found.set(document, before);
  const shapes = before.get(schema) ?? freshShapes(node, schema, seen);
  before.set(schema, shapes);
  return shapes;
}

function freshShapes(
  node: SchemaNode,
  schema: Readonly<Record<string, unknown>>,
  seen: readonly unknown[],
): readonly Shape[] {
  const listed = listedValues(node);
  if (listed !== undefined) {
    const values = listed.filter((value) => evaluate(node, value) !== false);
    return values.length === 0 ? [] : [{ type: "values", values, known: [node] }];
  }
  const within = [...seen, schema];
  const of = (one: SchemaNode | undefined): readonly Shape[] =>
    one === undefined ? ANY_SHAPES : shapesOfOne(one, within);
  return [
    ...("$ref" in schema ? [of(refTarget(node))] : []),
    ...(listOf(node, "allOf") ?? []).map(of),
    ...["anyOf", "oneOf"].flatMap((keyword) => {
      const members = listOf(node, keyword);
      return members === undefined ? [] : [union(members.flatMap(of))];
    }),
    ...("if" in schema ? [conditional(node, of)] : []),
    ...("not" in schema ? [refusedBy(inner(node, "not") ?? NOTHING)] : []),
    ...dependents(node, of),
    of(asAdditional(node)),
  ].reduce(narrowed, ownShapes(node));
}

/** Alternatives; values are put together, whatever their number. */
function union(shapes: readonly Shape[]): readonly Shape[] {
  const values = shapes.flatMap((shape) => (shape.type === "values" ? shape.values : []));
  const others = shapes.filter((shape) => shape.type !== "values");
  if (others.length > MAX_SHAPES) return ANY_SHAPES;
  return values.length === 0 ? others : [{ type: "values", values, known: [] }, ...others];
}

function listedValues(node: SchemaNode): readonly unknown[] | undefined {
  const one = inner(node, "const");
  const several = inner(node, "enum")?.schema;
  if (one !== undefined) return [one.schema];
  return Array.isArray(several) ? several : undefined;
}

type ShapesOf = (node: SchemaNode | undefined) => readonly Shape[];

function conditional(node: SchemaNode, of: ShapesOf): readonly Shape[] {
  const condition = inner(node, "if") ?? ANYTHING;
  const met = intersectAll(of(condition), of(inner(node, "then")));
  return [...met, ...intersectAll(refusedBy(condition), of(inner(node, "else")))];
}

/** Of each trigger: objects without it; and objects with it and what it demands. */
function dependents(node: SchemaNode, of: ShapesOf): readonly (readonly Shape[])[] {
  const all = ["dependentRequired", "dependentSchemas", "dependencies"].flatMap((keyword) => [
    ...mapOf(node, keyword),
  ]);
  return all.map(([trigger, demanded]) => [
    ...ANY_SHAPES.map((shape) => (shape.type === "object" ? without(shape, trigger) : shape)),
    ...intersectAll([{ ...ANY_OBJECT, required: [trigger] }], of(dependentNode(demanded))),
  ]);
}

/** What a schema says itself, by the types that it allows. */
function ownShapes(node: SchemaNode): readonly Shape[] {
  const isTyped = inner(node, "type") !== undefined;
  const types = typesOf(node);
  const allows = (type: string): boolean => !isTyped || types.includes(type);
  const few = [...(allows("null") ? [null] : []), ...(allows("boolean") ? [true, false] : [])];
  const isNumber = allows("number");
  const shapes: readonly (Shape | undefined)[] = [
    few.length > 0 ? { type: "values", values: few, known: [] } : undefined,
    isNumber || allows("integer") ? tidyNumber({ ...numbers(node), isInteger: !isNumber }) : undefined,
    allows("string") ? texts(node) : undefined,
    allows("array") ? lists(node) : undefined,
    allows("object") ? objects(node) : undefined,
  ];
  return shapes.flatMap((shape) => (shape === undefined ? [] : [{ ...shape, known: [node] }]));
}

function numbers(node: SchemaNode): NumberShape {
  const { min, max } = ANY_NUMBER;
  const [atLeast, above] = [numberIn(node, "minimum", min), numberIn(node, "exclusiveMinimum", min)];
  const [atMost, below] = [numberIn(node, "maximum", max), numberIn(node, "exclusiveMaximum", max)];
  const by = inner(node, "multipleOf")?.schema;
  return {
    ...ANY_NUMBER,
    min: Math.max(atLeast, above),
    max: Math.min(atMost, below),
    isAboveMin: above >= atLeast && above > min,
    isBelowMax: below <= atMost && below < max,
    multiples: typeof by === "number" ? [by] : [],
  };
}

function texts(node: SchemaNode): Shape | undefined {
  const words = (keyword: string): readonly string[] => {
    const value = inner(node, keyword)?.schema;
    return typeof value === "string" ? [value] : [];
  };
  return tidyText({
    ...ANY_TEXT,
    minLength: numberIn(node, "minLength", 0),
    maxLength: numberIn(node, "maxLength", ANY_TEXT.maxLength),
    patterns: words("pattern"),
    formats: words("format"),
  });
}

function lists(node: SchemaNode): Shape | undefined {
  return tidyList({
    ...ANY_LIST,
    minItems: numberIn(node, "minItems", 0),
    maxItems: numberIn(node, "maxItems", ANY_LIST.maxItems),
    isUnique: inner(node, "uniqueItems")?.schema === true,
    tuples: [tupleOf(node)],
  });
}

function objects(node: SchemaNode): ObjectShape {
  const required = inner(node, "required")?.schema;
  const names = inner(node, "propertyNames");
  const additional = inner(node, "additionalProperties");
  return {
    ...ANY_OBJECT,
    required: Array.isArray(required) ? unique(required.map(String)) : [],
    minProperties: numberIn(node, "minProperties", 0),
    maxProperties: numberIn(node, "maxProperties", ANY_OBJECT.maxProperties),
    groups: [
      {
        properties: mapOf(node, "properties"),
        patterns: mapOf(node, "patternProperties"),
        additional: additional ?? ANYTHING,
        isSilent: additional === undefined,
      },
    ],
    names: names === undefined ? [] : [names],
  };
}
