/**
 * The template's text as a tree that remembers its lines. CloudFormation's short forms (`!Sub x`) become the
 * long ones (`{"Fn::Sub": x}`), so what follows knows only one form.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Problems } from "./problems.ts";
import type { Place } from "./stack.ts";

export interface ScalarSyntax {
  readonly kind: "scalar";
  /** As it is written, so that an account id keeps its zeros. */
  readonly text: string;
  readonly value: string | number | boolean | null;
  readonly place: Place;
}

export interface ListSyntax {
  readonly kind: "list";
  readonly items: readonly Syntax[];
  readonly place: Place;
}

export interface MapSyntax {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Syntax>;
  readonly place: Place;
}

/** A value that cannot be told because of a problem already reported: whoever reads it stays silent. */
export interface UnknownSyntax {
  readonly kind: "unknown";
  readonly place: Place;
}

/** What `AWS::NoValue` leaves: the property counts as not written. */
export interface AbsentSyntax {
  readonly kind: "absent";
  readonly place: Place;
}

export type Syntax = ScalarSyntax | ListSyntax | MapSyntax | UnknownSyntax | AbsentSyntax;

/** CloudFormation's own limit for a template in S3 ('CloudFormation quotas'). */
const maximumBytes = 1_048_576;
const maximumDepth = 60;

const shortForms = new Map([
  ["!Ref", "Ref"],
  ["!Condition", "Condition"],
  ...["And", "Equals", "FindInMap", "GetAtt", "If", "Join", "Not", "Or", "Select", "Split", "Sub"].map(
    (name): [string, string] => [`!${name}`, `Fn::${name}`],
  ),
]);

/** Reads YAML or JSON. What cannot be read is reported; the rest comes back all the same. */
export function parseTemplate(text: string, file: string, problems: Problems): Syntax {
  const top: Place = { file, line: 1, path: "" };
  if (Buffer.byteLength(text) > maximumBytes) {
    problems.report(top, "the template is larger than 1 MB, which CloudFormation refuses; split it");
    return { kind: "unknown", place: top };
  }
  const lines = new LineCounter();
  const lineAt = (offset: number | undefined, otherwise: number) =>
    offset === undefined ? otherwise : lines.linePos(offset).line;
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      version: "1.2",
      // A tag that is not known here is ours to judge below, with its path.
      logLevel: "silent",
    });
    for (const error of document.errors) {
      problems.report(
        { file, line: lineAt(error.pos[0], 1), path: "" },
        `this is not valid YAML: ${error.message}`,
      );
    }
    return readNode(document.contents, top, 0);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    problems.report(top, `this cannot be read as YAML: ${why}`);
    return { kind: "unknown", place: top };
  }

  function readNode(node: unknown, at: Place, depth: number): Syntax {
    if (depth > maximumDepth) {
      problems.report(at, `this is nested deeper than ${maximumDepth} levels; flatten it`);
      return { kind: "unknown", place: at };
    }
    if (isAlias(node)) {
      problems.report(at, "CloudFormation takes no YAML aliases; write the value out");
      return { kind: "unknown", place: at };
    }
    const tag = isScalar(node) || isMap(node) || isSeq(node) ? node.tag : undefined;
    if (tag?.startsWith("!") && tag !== "!") {
      const name = shortForms.get(tag);
      if (name === undefined) {
        problems.report(at, `${tag} is not served here; known are ${[...shortForms.keys()].join(", ")}`);
        return { kind: "unknown", place: at };
      }
      const inner = { ...at, path: `${at.path}.${name}` };
      return { kind: "map", place: at, entries: new Map([[name, readPlain(node, inner, depth)]]) };
    }
    return readPlain(node, at, depth);
  }

  function readPlain(node: unknown, at: Place, depth: number): Syntax {
    if (isMap(node)) return readMap(node.items, at, depth);
    if (isSeq(node)) {
      const items = node.items.map((item, index) => {
        const offset = isScalar(item) || isMap(item) || isSeq(item) ? item.range?.[0] : undefined;
        const place = { file, line: lineAt(offset, at.line), path: `${at.path}[${index}]` };
        return readNode(item, place, depth + 1);
      });
      return { kind: "list", items, place: at };
    }
    if (isScalar(node)) {
      const value = node.value;
      // A tagged plain scalar (`!Sub 5`) stays text; `source` is the text between the quotes.
      const text = node.source ?? String(value ?? "");
      if (typeof value === "number" || typeof value === "boolean" || value === null) {
        return { kind: "scalar", text, value, place: at };
      }
      return { kind: "scalar", text: String(value), value: String(value), place: at };
    }
    return { kind: "scalar", text: "", value: null, place: at };
  }

  function readMap(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    at: Place,
    depth: number,
  ): Syntax {
    const entries = new Map<string, Syntax>();
    for (const { key, value } of pairs) {
      if (!isScalar(key)) {
        problems.report(at, "a key must be plain text; write it without brackets or aliases");
        continue;
      }
      const name = typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
      const path = at.path === "" ? name : `${at.path}.${name}`;
      const place = { file, line: lineAt(key.range?.[0], at.line), path };
      entries.set(name, readNode(value, place, depth + 1));
    }
    return { kind: "map", entries, place: at };
  }
}

export function scalar(text: string, place: Place): ScalarSyntax {
  return { kind: "scalar", text, value: text, place };
}

/** The tree as JSON would have it: numbers stay numbers, which event patterns depend on. */
export function toJson(node: Syntax): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(toJson);
    case "map":
      return Object.fromEntries([...node.entries].map(([key, value]) => [key, toJson(value)]));
    default:
      return undefined;
  }
}

/** The node at a path below another; where the path ends early, the last one that is there. */
export function placeWithin(node: Syntax, ...path: readonly (string | number)[]): Place {
  let current = node;
  for (const step of path) {
    const next =
      current.kind === "map"
        ? current.entries.get(String(step))
        : current.kind === "list"
          ? current.items[Number(step)]
          : undefined;
    if (next === undefined) break;
    current = next;
  }
  return current.place;
}

/** True when some part of the value could not be told, so that it cannot be judged. */
export function hasUnknown(node: Syntax): boolean {
  switch (node.kind) {
    case "unknown":
      return true;
    case "list":
      return node.items.some(hasUnknown);
    case "map":
      return [...node.entries.values()].some(hasUnknown);
    default:
      return false;
  }
}
