/**
 * Evaluates CloudFormation's intrinsic functions over a template's tree.
 *
 * Source: CloudFormation Template Reference, 'Intrinsic functions'. Served: Ref, GetAtt, Sub, Join, Select,
 * Split, FindInMap, If, and in Conditions Equals, And, Or, Not. Any other is a problem, never passed over.
 */
import type { Problems } from "./problems.ts";
import type { Place } from "./stack.ts";
import { splitAttribute, substitute } from "./substitute.ts";
import { type MapSyntax, type Syntax, scalar } from "./syntax.ts";

/** Who asks, so that dependencies are known; `live` is false in a branch that was not chosen. */
export interface Asker {
  readonly owner: string;
  readonly live: boolean;
}

/** What names mean in one template. Each reports a name it does not know, and then answers `unknown`. */
export interface Scope {
  readonly problems: Problems;
  ref(name: string, place: Place, asker: Asker): Syntax;
  attribute(logicalId: string, attribute: string, place: Place, asker: Asker): Syntax;
  mapped(map: string, top: string, second: string, place: Place): Syntax;
  condition(name: string, place: Place): boolean | undefined;
}

export function evaluate(node: Syntax, scope: Scope, asker: Asker): Syntax {
  switch (node.kind) {
    case "scalar":
      if (node.value === null) {
        scope.problems.report(node.place, "this is empty, and CloudFormation refuses null; write a value");
        return unknown(node.place);
      }
      return node;
    case "list": {
      const items = node.items.map((item) => evaluate(item, scope, asker));
      return { ...node, items: items.filter((item) => item.kind !== "absent") };
    }
    case "map":
      return evaluateMap(node, scope, asker);
    default:
      return node;
  }
}

function evaluateMap(node: MapSyntax, scope: Scope, asker: Asker): Syntax {
  const [first] = node.entries;
  if (first !== undefined && isIntrinsic(first[0])) {
    if (node.entries.size === 1) return call(first[0], first[1], node.place, scope, asker);
  }
  const entries = new Map<string, Syntax>();
  for (const [key, value] of node.entries) {
    if (isIntrinsic(key)) {
      scope.problems.report(
        value.place,
        `${key} stands for a value, so it must be the only key; move the others away`,
      );
      continue;
    }
    const evaluated = evaluate(value, scope, asker);
    if (evaluated.kind !== "absent") entries.set(key, evaluated);
  }
  return { ...node, entries };
}

function isIntrinsic(key: string): boolean {
  return key === "Ref" || key.startsWith("Fn::");
}

/** True for a map that stands for one value, which SAM's Globals therefore replace and never merge. */
export function isIntrinsicCall(node: Syntax): boolean {
  const [key] = node.kind === "map" ? node.entries.keys() : [];
  return key !== undefined && node.kind === "map" && node.entries.size === 1 && isIntrinsic(key);
}

function call(name: string, argument: Syntax, place: Place, scope: Scope, asker: Asker): Syntax {
  const refuse = (message: string): Syntax => {
    scope.problems.report(place, message);
    return unknown(place);
  };
  const value = (node: Syntax) => evaluate(node, scope, asker);
  switch (name) {
    case "Ref":
      return argument.kind === "scalar"
        ? scope.ref(argument.text, place, asker)
        : refuse("Ref takes the name of a parameter or a resource");
    case "Fn::GetAtt": {
      const { logicalId, attribute } = attributeNamed(argument, value);
      if (logicalId === undefined || attribute === undefined) {
        return refuse("Fn::GetAtt takes a resource and an attribute: `Orders.Arn` or [Orders, Arn]");
      }
      return scope.attribute(logicalId, attribute, place, asker);
    }
    case "Fn::Sub":
      return sub(argument, place, scope, asker);
    case "Fn::Join": {
      const [separator, parts] = pair(argument);
      const list = parts === undefined ? undefined : value(parts);
      if (separator?.kind !== "scalar" || list === undefined) {
        return refuse("Fn::Join takes [separator, [parts]]");
      }
      if (list.kind === "unknown") return list;
      const texts = textsOf(list);
      if (texts === "unknown") return unknown(place);
      return texts === undefined
        ? refuse("Fn::Join joins texts; every part must be one")
        : scalar(texts.join(separator.text), place);
    }
    case "Fn::Select": {
      const [index, items] = pair(argument).map((node) => node && value(node));
      if (index?.kind === "unknown" || items?.kind === "unknown") return unknown(place);
      if (index?.kind !== "scalar" || items?.kind !== "list") {
        return refuse("Fn::Select takes [index, list]");
      }
      const picked = /^\d+$/.test(index.text) ? items.items[Number(index.text)] : undefined;
      return picked ?? refuse(`Fn::Select has no item ${index.text}: the list has ${items.items.length}`);
    }
    case "Fn::Split": {
      const [separator, source] = pair(argument);
      const text = source === undefined ? undefined : value(source);
      if (text?.kind === "unknown") return text;
      if (separator?.kind !== "scalar" || separator.text === "" || text?.kind !== "scalar") {
        return refuse("Fn::Split takes [separator, text]");
      }
      const items = text.text.split(separator.text).map((part) => scalar(part, place));
      return { kind: "list", items, place };
    }
    case "Fn::FindInMap": {
      const keys = argument.kind === "list" ? argument.items.map(value) : [];
      if (keys.some((key) => key.kind === "unknown")) return unknown(place);
      const [map, top, second] = keys;
      if (
        keys.length !== 3 ||
        map?.kind !== "scalar" ||
        top?.kind !== "scalar" ||
        second?.kind !== "scalar"
      ) {
        return refuse("Fn::FindInMap takes [map, first key, second key]");
      }
      return scope.mapped(map.text, top.text, second.text, place);
    }
    case "Fn::If": {
      const [condition, whenTrue, whenFalse] = argument.kind === "list" ? argument.items : [];
      if (condition?.kind !== "scalar" || whenTrue === undefined || whenFalse === undefined) {
        return refuse("Fn::If takes [condition name, value if true, value if false]");
      }
      const holds = scope.condition(condition.text, place);
      // Both branches are judged; only the chosen one makes a dependency.
      const yes = evaluate(whenTrue, scope, { ...asker, live: asker.live && holds === true });
      const no = evaluate(whenFalse, scope, { ...asker, live: asker.live && holds === false });
      return holds === undefined ? unknown(place) : holds ? yes : no;
    }
    case "Fn::Equals":
    case "Fn::And":
    case "Fn::Or":
    case "Fn::Not":
      return refuse(`${name} belongs in Conditions; name a condition there and use it by Fn::If`);
    default:
      return refuse(`${name} is not served here; write the value out, or use Ref, GetAtt, Sub, Join or If`);
  }
}

function sub(argument: Syntax, place: Place, scope: Scope, asker: Asker): Syntax {
  const [text, variables] = argument.kind === "list" ? argument.items : [argument];
  if (text?.kind !== "scalar" || (variables !== undefined && variables.kind !== "map")) {
    scope.problems.report(place, "Fn::Sub takes a text, or [text, {name: value}]");
    return unknown(place);
  }
  let known = true;
  const result = substitute(text.text, (name) => {
    const variable = variables?.entries.get(name);
    const value = variable === undefined ? lookUp(name) : evaluate(variable, scope, asker);
    if (value.kind === "scalar") return value.text;
    if (value.kind !== "unknown") {
      scope.problems.report(place, `\${${name}} in Fn::Sub is not a text; join or select it first`);
    }
    known = false;
    return "";
  });
  return known ? scalar(result, place) : unknown(place);

  function lookUp(name: string): Syntax {
    const { logicalId, attribute } = splitAttribute(name);
    return attribute === undefined
      ? scope.ref(name, place, asker)
      : scope.attribute(logicalId, attribute, place, asker);
  }
}

function attributeNamed(argument: Syntax, value: (node: Syntax) => Syntax) {
  if (argument.kind === "scalar") return splitAttribute(argument.text);
  const [resource, attribute] = pair(argument);
  const name = attribute === undefined ? undefined : value(attribute);
  return {
    logicalId: resource?.kind === "scalar" ? resource.text : undefined,
    attribute: name?.kind === "scalar" ? name.text : undefined,
  };
}

function pair(argument: Syntax): readonly (Syntax | undefined)[] {
  return argument.kind === "list" && argument.items.length === 2 ? argument.items : [undefined, undefined];
}

function textsOf(list: Syntax): readonly string[] | "unknown" | undefined {
  if (list.kind !== "list") return undefined;
  if (list.items.some((item) => item.kind === "unknown")) return "unknown";
  const texts = list.items.flatMap((item) => (item.kind === "scalar" ? [item.text] : []));
  return texts.length === list.items.length ? texts : undefined;
}

function unknown(place: Place): Syntax {
  return { kind: "unknown", place };
}
