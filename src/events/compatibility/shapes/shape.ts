import type { SchemaNode } from "../schema/schema-node.ts";

/**
 * A set of values of one type, by what must hold of each of them; or the values themselves, where they are few.
 *
 * The shapes of a schema hold all that is valid under it, and perhaps more: what a shape cannot say is left out.
 */
export type Shape = ValuesShape | NumberShape | TextShape | ListShape | ObjectShape;

interface Common {
  /** Schemas under which every value of it is valid. */
  readonly known: readonly SchemaNode[];
}

export interface ValuesShape extends Common {
  readonly type: "values";
  readonly values: readonly unknown[];
}

export interface NumberShape extends Common {
  readonly type: "number";
  readonly isInteger: boolean;
  readonly min: number;
  readonly max: number;
  /** Whether the bounds themselves are outside. */
  readonly isAboveMin: boolean;
  readonly isBelowMax: boolean;
  readonly multiples: readonly number[];
}

export interface TextShape extends Common {
  readonly type: "string";
  readonly minLength: number;
  readonly maxLength: number;
  readonly patterns: readonly string[];
  readonly formats: readonly string[];
}

export interface ListShape extends Common {
  readonly type: "array";
  readonly minItems: number;
  readonly maxItems: number;
  readonly isUnique: boolean;
  readonly tuples: readonly Tuple[];
}

export interface Tuple {
  readonly prefix: readonly SchemaNode[];
  readonly rest: SchemaNode;
}

export interface ObjectShape extends Common {
  readonly type: "object";
  readonly required: readonly string[];
  readonly minProperties: number;
  readonly maxProperties: number;
  readonly groups: readonly PropertyGroup[];
  /** What every name must be. */
  readonly names: readonly SchemaNode[];
}

/** `properties`, `patternProperties` and `additionalProperties` that stand together. */
export interface PropertyGroup {
  readonly properties: ReadonlyMap<string, SchemaNode>;
  readonly patterns: ReadonlyMap<string, SchemaNode>;
  readonly additional: SchemaNode;
  /** Whether the schema says nothing of other properties. */
  readonly isSilent: boolean;
}

const INFINITY = Number.POSITIVE_INFINITY;

const FEW: ValuesShape = { type: "values", values: [null, true, false], known: [] };
export const ANY_NUMBER: NumberShape = {
  type: "number",
  isInteger: false,
  min: -INFINITY,
  max: INFINITY,
  isAboveMin: false,
  isBelowMax: false,
  multiples: [],
  known: [],
};
export const ANY_TEXT: TextShape = {
  type: "string",
  minLength: 0,
  maxLength: INFINITY,
  patterns: [],
  formats: [],
  known: [],
};
export const ANY_LIST: ListShape = {
  type: "array",
  minItems: 0,
  maxItems: INFINITY,
  isUnique: false,
  tuples: [],
  known: [],
};
export const ANY_OBJECT: ObjectShape = {
  type: "object",
  required: [],
  minProperties: 0,
  maxProperties: INFINITY,
  groups: [],
  names: [],
  known: [],
};

/** All values there are. */
export const ANY_SHAPES: readonly Shape[] = [FEW, ANY_NUMBER, ANY_TEXT, ANY_LIST, ANY_OBJECT];

/** A list without what comes again. */
export function unique<T>(list: readonly T[]): readonly T[] {
  return [...new Set(list)];
}

/** Schemas without those that are there already: nodes are made anew whenever they are read. */
export function uniqueNodes(nodes: readonly SchemaNode[]): readonly SchemaNode[] {
  return nodes.filter(
    (node, at) =>
      node.schema !== true &&
      nodes.findIndex((one) => one.schema === node.schema && one.document === node.document) === at,
  );
}
