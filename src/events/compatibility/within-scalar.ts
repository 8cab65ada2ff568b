import { type Miss, miss } from "./finding.ts";
import type { Run } from "./run.ts";
import { inner, numberIn, type SchemaNode } from "./schema/schema-node.ts";
import type { NumberShape, TextShape } from "./shapes/shape.ts";

export function numberWithin(
  shape: NumberShape,
  node: SchemaNode,
  keyword: string,
  path: string,
  run: Run,
): readonly Miss[] {
  const given = numberIn(node, keyword, Number.NaN);
  if (isNumberWithin(shape, keyword, given)) return [];
  const { reader, writer } = run.words;
  const say = NUMBER_WORDS[keyword] ?? keyword;
  return [miss(node, path, keyword, `must be ${say} ${given} for ${reader}; ${writer} allows others`)];
}

const NUMBER_WORDS: Readonly<Record<string, string>> = {
  minimum: "at least",
  maximum: "at most",
  exclusiveMinimum: "more than",
  exclusiveMaximum: "less than",
  multipleOf: "a multiple of",
};

function isNumberWithin(shape: NumberShape, keyword: string, given: number): boolean {
  const { min, max, isAboveMin, isBelowMax } = shape;
  switch (keyword) {
    case "minimum":
      return min >= given;
    case "maximum":
      return max <= given;
    case "exclusiveMinimum":
      return min > given || (min === given && isAboveMin);
    case "exclusiveMaximum":
      return max < given || (max === given && isBelowMax);
    default:
      return isMultiple(shape, given);
  }
}

/**
 * Whether all numbers of a shape are multiples. Of fractions only equal ones are compared: in floating point 0.3 is a multiple
 * of 0.3, and none of 0.1.
 */
function isMultiple({ multiples, isInteger }: NumberShape, given: number): boolean {
  const steps = isInteger ? [...multiples, 1] : multiples;
  return steps.some(
    (by) => by === given || (Number.isInteger(by) && Number.isInteger(given) && by % given === 0),
  );
}

export function textWithin(
  shape: TextShape,
  node: SchemaNode,
  keyword: string,
  path: string,
  run: Run,
): readonly Miss[] {
  const given = inner(node, keyword)?.schema;
  const length = numberIn(node, keyword, Number.NaN);
  const { reader, writer } = run.words;
  const refused = (must: string, otherwise: string): readonly Miss[] => [
    miss(node, path, keyword, `must ${must} for ${reader}; ${writer} ${otherwise}`),
  ];
  switch (keyword) {
    case "minLength":
      if (shape.minLength >= length) return [];
      return refused(`have ${given} characters or more`, `allows ${shape.minLength}`);
    case "maxLength":
      if (shape.maxLength <= length) return [];
      return refused(`have ${given} characters or fewer`, `allows ${manyIn(shape.maxLength)}`);
    case "pattern":
      if (shape.patterns.includes(String(given))) return [];
      return refused(`match ${given}`, "does not say so");
    default:
      if (shape.formats.includes(String(given))) return [];
      return refused(`be a ${given}`, "does not say so");
  }
}

function manyIn(most: number): string {
  return Number.isFinite(most) ? String(most) : "any number";
}
