import { evaluate } from "../schema/evaluate.ts";
import { equalJson, jsonTypeOf } from "../schema/json-value.ts";
import { isMatch } from "../schema/pattern-match.ts";
import {
  type ListShape,
  type NumberShape,
  type ObjectShape,
  type Shape,
  type TextShape,
  unique,
  uniqueNodes,
  type ValuesShape,
} from "./shape.ts";

/** What is in both; undefined when nothing is. */
export function intersect(one: Shape, other: Shape): Shape | undefined {
  const known = uniqueNodes([...one.known, ...other.known]);
  if (one.type === "values") return values(one, other, known);
  if (other.type === "values") return values(other, one, known);
  if (one.type === "number" && other.type === "number") return tidyNumber({ ...both(one, other), known });
  if (one.type === "string" && other.type === "string") return tidyText({ ...bothTexts(one, other), known });
  if (one.type === "array" && other.type === "array") return tidyList({ ...bothLists(one, other), known });
  if (one.type === "object" && other.type === "object") return { ...bothObjects(one, other), known };
  return undefined;
}

/** Every pair, as shapes that hold something. */
export function intersectAll(these: readonly Shape[], those: readonly Shape[]): readonly Shape[] {
  return these.flatMap((one) => those.flatMap((other) => intersect(one, other) ?? []));
}

function values(one: ValuesShape, other: Shape, known: Shape["known"]): ValuesShape | undefined {
  const kept = one.values.filter(
    (value) =>
      (other.type === "values"
        ? other.values.some((same) => equalJson(same, value))
        : other.type === jsonTypeOf(value)) && other.known.every((node) => evaluate(node, value) !== false),
  );
  return kept.length === 0 ? undefined : { type: "values", values: kept, known };
}

function both(one: NumberShape, other: NumberShape): Omit<NumberShape, "known"> {
  const min = Math.max(one.min, other.min);
  const max = Math.min(one.max, other.max);
  return {
    type: "number",
    isInteger: one.isInteger || other.isInteger,
    min,
    max,
    isAboveMin: [one, other].some((each) => each.min === min && each.isAboveMin),
    isBelowMax: [one, other].some((each) => each.max === max && each.isBelowMax),
    multiples: unique([...one.multiples, ...other.multiples]),
  };
}

/** Ranges of integers that are this short are lists of values. */
const FEW_INTEGERS = 40;

/** Bounds of integers are integers; what can be counted is. */
export function tidyNumber(shape: NumberShape): Shape | undefined {
  if (!shape.isInteger) {
    const isEmpty =
      shape.min > shape.max || (shape.min === shape.max && (shape.isAboveMin || shape.isBelowMax));
    return isEmpty ? undefined : shape;
  }
  const above = shape.isAboveMin && Number.isInteger(shape.min) ? shape.min + 1 : Math.ceil(shape.min);
  const below = shape.isBelowMax && Number.isInteger(shape.max) ? shape.max - 1 : Math.floor(shape.max);
  if (above > below) return undefined;
  if (below - above < FEW_INTEGERS && Math.abs(above) < Number.MAX_SAFE_INTEGER - FEW_INTEGERS) {
    const range = Array.from({ length: below - above + 1 }, (_, at) => above + at);
    const kept = range.filter((value) => shape.multiples.every((by) => Number.isInteger(value / by)));
    return kept.length === 0 ? undefined : { type: "values", values: kept, known: shape.known };
  }
  return { ...shape, min: above, max: below, isAboveMin: false, isBelowMax: false };
}

function bothTexts(one: TextShape, other: TextShape): Omit<TextShape, "known"> {
  return {
    type: "string",
    minLength: Math.max(one.minLength, other.minLength),
    maxLength: Math.min(one.maxLength, other.maxLength),
    patterns: unique([...one.patterns, ...other.patterns]),
    formats: unique([...one.formats, ...other.formats]),
  };
}

export function tidyText(shape: TextShape): Shape | undefined {
  if (shape.minLength > shape.maxLength) return undefined;
  if (shape.maxLength > 0) return shape;
  const fits = shape.patterns.every((pattern) => isMatch(pattern, "") !== false);
  return fits ? { type: "values", values: [""], known: shape.known } : undefined;
}

function bothLists(one: ListShape, other: ListShape): Omit<ListShape, "known"> {
  return {
    type: "array",
    minItems: Math.max(one.minItems, other.minItems),
    maxItems: Math.min(one.maxItems, other.maxItems),
    isUnique: one.isUnique || other.isUnique,
    tuples: [...one.tuples, ...other.tuples],
  };
}

export function tidyList(shape: ListShape): Shape | undefined {
  return shape.minItems > shape.maxItems ? undefined : shape;
}

function bothObjects(one: ObjectShape, other: ObjectShape): Omit<ObjectShape, "known"> {
  return {
    type: "object",
    required: unique([...one.required, ...other.required]),
    minProperties: Math.max(one.minProperties, other.minProperties),
    maxProperties: Math.min(one.maxProperties, other.maxProperties),
    groups: [...one.groups, ...other.groups],
    names: uniqueNodes([...one.names, ...other.names]),
  };
}
