import { isJson, type Json, listOf } from "./states.ts";

/** Each comparison is for one type of value, and does not hold for another; the interpreter would convert. */
const guards: Readonly<Record<string, string>> = {
  String: "IsString",
  Numeric: "IsNumeric",
  Timestamp: "IsTimestamp",
};

const typeTests = ["IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"];

/**
 * A choice rule as the interpreter understands it: comparisons only with values of their type, and tests for
 * `false` (`IsPresent: false`) as the contrary of those for `true`.
 */
export function rewriteChoice(rule: unknown): unknown {
  if (!isJson(rule)) return rule;
  const { Next, Comment: _, ...condition } = rule;
  return { ...rewriteCondition(condition), ...(Next === undefined ? {} : { Next }) };
}

function rewriteCondition(condition: Json): Json {
  for (const operator of ["And", "Or"]) {
    if (operator in condition) return { [operator]: listOf(condition[operator]).map(rewriteChoice) };
  }
  if ("Not" in condition) return { Not: rewriteChoice(condition["Not"]) };
  const { Variable } = condition;
  const [operator = ""] = Object.keys(condition).filter((key) => key !== "Variable");
  if (typeTests.includes(operator)) {
    const test = { Variable, [operator]: true };
    return condition[operator] === false ? { Not: test } : test;
  }
  const type = Object.keys(guards).find((each) => operator.startsWith(each));
  const guard = type === undefined ? undefined : guards[type];
  return guard === undefined ? condition : { And: [{ Variable, [guard]: true }, condition] };
}
