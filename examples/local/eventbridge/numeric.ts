import type { Scalar } from "./event-fields.ts";
import { PatternError } from "./pattern-error.ts";

const FORMS =
  '["=", n], ["<", n], ["<=", n], [">", n], [">=", n] or a range with the lower bound first: [">", 0, "<=", 5]';

/**
 * Compiles the operand of `numeric`: one comparison, or a range whose lower bound comes first.
 *
 * @throws PatternError when it is neither, or when no number can be within the range.
 */
export function compileNumeric(operand: unknown, path: string): (value: Scalar) => boolean {
  const terms: readonly unknown[] = Array.isArray(operand) ? operand : [];
  const [operator, bound, upperOperator, upper] = terms;
  if (terms.length !== 2 && terms.length !== 4) throw new PatternError(path, `numeric takes ${FORMS}`);
  const lower = comparison(operator, bound, path);
  if (terms.length === 2) return (value) => typeof value === "number" && lower(value);
  if ((operator !== ">" && operator !== ">=") || (upperOperator !== "<" && upperOperator !== "<=")) {
    throw new PatternError(path, `numeric takes ${FORMS}`);
  }
  const below = comparison(upperOperator, upper, path);
  if (Number(bound) >= Number(upper)) {
    throw new PatternError(path, `the lower bound ${bound} must be less than the upper bound ${upper}`);
  }
  return (value) => typeof value === "number" && lower(value) && below(value);
}

function comparison(operator: unknown, bound: unknown, path: string): (value: number) => boolean {
  if (typeof bound !== "number" || !Number.isFinite(bound)) {
    throw new PatternError(path, `${JSON.stringify(operator)} must be followed by a number`);
  }
  switch (operator) {
    case "=":
      return (value) => value === bound;
    case "<":
      return (value) => value < bound;
    case "<=":
      return (value) => value <= bound;
    case ">":
      return (value) => value > bound;
    case ">=":
      return (value) => value >= bound;
    default:
      throw new PatternError(
        path,
        `there is no operator ${JSON.stringify(operator)}; numeric takes ${FORMS}`,
      );
  }
}
