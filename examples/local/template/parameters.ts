/**
 * The template's parameters, each with the value it has in this run.
 *
 * Source: CloudFormation User Guide, 'CloudFormation template Parameters syntax'.
 */
import { object, optional, required } from "./object-shape.ts";
import type { Problems } from "./problems.ts";
import { integer, list, number, oneOf, text } from "./shapes.ts";
import type { Place } from "./stack.ts";
import { type Syntax, scalar } from "./syntax.ts";

/** Ids of what is in the account already. CloudFormation looks whether they are there; here nothing is. */
const idLists = ["List<AWS::EC2::SecurityGroup::Id>", "List<AWS::EC2::Subnet::Id>"];

const declaration = object({
  Type: required(oneOf("String", "Number", "CommaDelimitedList", "List<Number>", ...idLists)),
  Default: optional(text()),
  AllowedValues: optional(list(text(), { least: 1 })),
  AllowedPattern: optional(text()),
  ConstraintDescription: optional(text()),
  Description: optional(text()),
  MinLength: optional(integer({ least: 0 })),
  MaxLength: optional(integer({ least: 0 })),
  MinValue: optional(number()),
  MaxValue: optional(number()),
  NoEcho: optional(oneOf("true", "false")),
});

/** The value of every parameter: the one given, else its default. Unfit and missing ones are reported. */
export function readParameters(
  declared: ReadonlyMap<string, Syntax>,
  given: Readonly<Record<string, string>>,
  top: Place,
  problems: Problems,
): ReadonlyMap<string, Syntax> {
  for (const name of Object.keys(given)) {
    if (declared.has(name)) continue;
    const known = [...declared.keys()].join(", ") || "none";
    problems.report(top, `the parameter ${name} was given but is not declared; known are ${known}`);
  }
  const values = new Map<string, Syntax>();
  for (const [name, node] of declared) {
    const { place } = node;
    values.set(name, { kind: "unknown", place });
    const parameter = declaration.read(node, problems);
    if (parameter === undefined) continue;
    const value = Object.hasOwn(given, name) ? given[name] : parameter.Default;
    if (value === undefined) {
      problems.report(place, `${name} has no value; give one, or write a Default`);
      continue;
    }
    const isList = parameter.Type === "CommaDelimitedList" || parameter.Type.startsWith("List<");
    const parts = isList ? value.split(",").map((part) => part.trim()) : [value];
    const unfit = parts.map((part) => whyUnfit(part, parameter)).find((why) => why !== undefined);
    if (unfit !== undefined) {
      const hint =
        parameter.ConstraintDescription === undefined ? "" : ` (${parameter.ConstraintDescription})`;
      problems.report(place, `the value of ${name} ${unfit}${hint}; give another`);
      continue;
    }
    const items = parts.map((part) => scalar(part, place));
    values.set(name, isList ? { kind: "list", items, place } : scalar(value, place));
  }
  return values;
}

/** Says no more of the value than what it should be: a parameter may be a secret. */
function whyUnfit(
  value: string,
  rules: NonNullable<ReturnType<typeof declaration.read>>,
): string | undefined {
  if (rules.AllowedValues !== undefined && !rules.AllowedValues.includes(value)) {
    return `is none of ${rules.AllowedValues.join(", ")}`;
  }
  if (rules.AllowedPattern !== undefined) {
    const pattern = compile(rules.AllowedPattern);
    if (pattern === undefined) return `has an AllowedPattern that is no regular expression`;
    if (!pattern.test(value)) return `does not match ${rules.AllowedPattern}`;
  }
  if (value.length < (rules.MinLength ?? 0)) return `is shorter than ${rules.MinLength} characters`;
  if (value.length > (rules.MaxLength ?? Number.MAX_SAFE_INTEGER)) {
    return `is longer than ${rules.MaxLength} characters`;
  }
  if (rules.Type === "Number" || rules.Type === "List<Number>") {
    const parsed = value.trim() === "" ? Number.NaN : Number(value);
    if (!Number.isFinite(parsed)) return "is no number";
    if (parsed < (rules.MinValue ?? -Number.MAX_VALUE)) return `is less than ${rules.MinValue}`;
    if (parsed > (rules.MaxValue ?? Number.MAX_VALUE)) return `is more than ${rules.MaxValue}`;
  }
  return undefined;
}

/** CloudFormation matches the whole value. */
function compile(pattern: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    return undefined;
  }
}
