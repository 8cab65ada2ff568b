import { ignoringCase } from "./case-folding.ts";
import type { Scalar } from "./event-fields.ts";
import { inCidrBlock, parseCidr, parseIpAddress } from "./ip-address.ts";
import { compileNumeric } from "./numeric.ts";
import { member, PatternError } from "./pattern-error.ts";
import { matchesWildcard, parseWildcard } from "./wildcard.ts";

type ValueTest = (value: Scalar) => boolean;
type StringTest = (value: string) => boolean;

/** What a pattern asks of one field. */
export interface FieldTest {
  /** Whether a value of the field satisfies any of the alternatives. */
  readonly present: ValueTest;
  /** Whether the field may be missing (`{"exists": false}`). */
  readonly absent: boolean;
}

/**
 * Compiles the array that a pattern gives for one field; its elements are alternatives.
 *
 * @throws PatternError naming the element (AWS page 'Comparison operators for use in event patterns').
 */
export function compileFieldTest(alternatives: readonly unknown[], path: string): FieldTest {
  if (alternatives.length === 0) {
    throw new PatternError(path, 'an empty array matches nothing; give at least one value, or {"exists": …}');
  }
  const tests = alternatives.map((alternative, index) =>
    compileAlternative(alternative, member(path, index)),
  );
  const present = tests.filter((test) => test !== "absent");
  return {
    present: (value) => present.some((test) => test(value)),
    absent: present.length < tests.length,
  };
}

function compileAlternative(alternative: unknown, path: string): ValueTest | "absent" {
  if (typeof alternative === "string") return sameStringOrAddress(alternative);
  if (typeof alternative === "number") {
    const expected = finite(alternative, path);
    return (value) => value === expected;
  }
  if (typeof alternative === "boolean" || alternative === null) return (value) => value === alternative;
  const [operator, operand] = onlyEntry(alternative, path);
  return compileOperator(operator, operand, member(path, operator));
}

function compileOperator(operator: string, operand: unknown, path: string): ValueTest | "absent" {
  switch (operator) {
    case "prefix":
    case "suffix":
      return forStrings(compilePrefixOrSuffix(operator, operand, path));
    case "equals-ignore-case":
      return forStrings(ignoringCase(text(operand, path), "equals"));
    case "wildcard":
      return forStrings(compileWildcard(text(operand, path), path));
    case "exactly":
      return same(text(operand, path));
    case "numeric":
      return compileNumeric(operand, path);
    case "cidr":
      return forStrings(compileCidr(text(operand, path), path));
    case "anything-but":
      return compileAnythingBut(operand, path);
    case "exists":
      if (typeof operand !== "boolean") throw new PatternError(path, "exists takes true or false");
      return operand ? () => true : "absent";
    default:
      throw new PatternError(
        path,
        `there is no operator ${JSON.stringify(operator)}; use prefix, suffix, equals-ignore-case, wildcard, anything-but, numeric, cidr or exists`,
      );
  }
}

function compilePrefixOrSuffix(operator: "prefix" | "suffix", operand: unknown, path: string): StringTest {
  if (typeof operand === "object" && operand !== null && !Array.isArray(operand)) {
    const [inner, value] = onlyEntry(operand, path);
    const innerPath = member(path, inner);
    if (inner !== "equals-ignore-case") {
      throw new PatternError(innerPath, `${operator} takes a string or {"equals-ignore-case": "…"}`);
    }
    return ignoringCase(text(value, innerPath), operator);
  }
  return startsOrEnds(operator, text(operand, path));
}

/** Null, true and false are "anything but" any string or number; only a missing field is not. */
function compileAnythingBut(operand: unknown, path: string): ValueTest {
  if (typeof operand !== "object" || operand === null || Array.isArray(operand)) {
    const values = list(operand, path);
    const texts = values.filter((value) => typeof value === "string");
    const numbers = values.filter((value) => typeof value === "number");
    if (texts.length !== values.length && numbers.length !== values.length) {
      throw new PatternError(path, "anything-but takes strings only or numbers only");
    }
    for (const number of numbers) finite(number, path);
    const refused = new Set<unknown>(values);
    return (value) => !refused.has(value);
  }
  const [operator, inner] = onlyEntry(operand, path);
  const innerPath = member(path, operator);
  const refused = list(inner, innerPath).map((value) => {
    const string = text(value, innerPath);
    switch (operator) {
      case "prefix":
      case "suffix":
        if (string !== "") return startsOrEnds(operator, string);
        throw new PatternError(
          innerPath,
          `every string has an empty ${operator}; give at least one character`,
        );
      case "equals-ignore-case":
        return ignoringCase(string, "equals");
      case "wildcard":
        return compileWildcard(string, innerPath);
      default:
        throw new PatternError(
          innerPath,
          "anything-but takes prefix, suffix, equals-ignore-case or wildcard inside",
        );
    }
  });
  return (value) => typeof value !== "string" || !refused.some((test) => test(value));
}

function compileWildcard(operand: string, path: string): StringTest {
  const wildcard = parseWildcard(operand);
  if ("wrong" in wildcard) throw new PatternError(path, wildcard.wrong);
  return (value) => matchesWildcard(wildcard, value);
}

function compileCidr(operand: string, path: string): StringTest {
  const block = parseCidr(operand);
  if ("wrong" in block) throw new PatternError(path, block.wrong);
  return (value) => {
    const address = parseIpAddress(value);
    return address !== undefined && inCidrBlock(block, address);
  };
}

/** Two spellings of one IP address are equal: EventBridge's matcher reads a plain string that is an address so. */
function sameStringOrAddress(expected: string): ValueTest {
  const address = parseIpAddress(expected);
  if (address === undefined) return same(expected);
  return forStrings((value) => {
    const other = parseIpAddress(value);
    return other !== undefined && other.bits === address.bits && other.value === address.value;
  });
}

const same = (expected: Scalar): ValueTest => {
  return (value) => value === expected;
};

const forStrings = (test: StringTest): ValueTest => {
  return (value) => typeof value === "string" && test(value);
};

const startsOrEnds = (operator: "prefix" | "suffix", part: string): StringTest =>
  operator === "prefix" ? (value) => value.startsWith(part) : (value) => value.endsWith(part);

function onlyEntry(value: unknown, path: string): readonly [string, unknown] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PatternError(
      path,
      "a value to match is a string, number, true, false, null or one operator object",
    );
  }
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length > 0) {
    throw new PatternError(path, "one operator an object; put further ones into objects of their own");
  }
  return entry;
}

function text(operand: unknown, path: string): string {
  if (typeof operand !== "string") throw new PatternError(path, "the operand must be a string");
  return operand;
}

function list(operand: unknown, path: string): readonly unknown[] {
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0)
    throw new PatternError(path, "an empty list excludes nothing; give at least one value");
  return values;
}

function finite(value: number, path: string): number {
  if (!Number.isFinite(value))
    throw new PatternError(path, "the number is beyond a 64-bit floating point number");
  return value;
}
