/** The functions of a template's Conditions. Source: CloudFormation, 'Condition functions'. */
import { evaluate, type Scope } from "./intrinsics.ts";
import type { Syntax } from "./syntax.ts";

/** True or false; undefined when it cannot be told, which has then been reported. */
export function evaluateCondition(node: Syntax, scope: Scope): boolean | undefined {
  const refuse = (message: string) => {
    scope.problems.report(node.place, message);
    return undefined;
  };
  const [entry] = node.kind === "map" ? node.entries : [];
  if (entry === undefined || node.kind !== "map" || node.entries.size !== 1) {
    return refuse("a condition is one of Fn::Equals, Fn::And, Fn::Or, Fn::Not, Condition");
  }
  const [name, argument] = entry;
  const parts = argument.kind === "list" ? argument.items : [];
  switch (name) {
    case "Condition":
      return argument.kind === "scalar"
        ? scope.condition(argument.text, node.place)
        : refuse("Condition takes the name of a condition");
    case "Fn::Equals": {
      const [left, right] = parts.map((part) => evaluate(part, scope, { owner: "", live: true }));
      if (parts.length !== 2 || left === undefined || right === undefined) {
        return refuse("Fn::Equals takes two values");
      }
      if (left.kind === "unknown" || right.kind === "unknown") return undefined;
      if (left.kind !== "scalar" || right.kind !== "scalar") return refuse("Fn::Equals compares two texts");
      return left.text === right.text;
    }
    case "Fn::Not":
    case "Fn::And":
    case "Fn::Or": {
      const [least, most] = name === "Fn::Not" ? [1, 1] : [2, 10];
      if (parts.length < least || parts.length > most) {
        return refuse(`${name} takes ${most === 1 ? "one condition" : "2 to 10 conditions"}`);
      }
      const values = parts.map((part) => evaluateCondition(part, scope));
      if (values.includes(undefined)) return undefined;
      if (name === "Fn::Not") return values[0] === false;
      return name === "Fn::And" ? !values.includes(false) : values.includes(true);
    }
    default:
      return refuse(`${name} is no condition; use Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition`);
  }
}
