/**
 * Small readers that say what a property may hold, check it, and give it as plain data.
 *
 * A reader reports what is wrong and answers undefined; a value that an earlier problem made unknown is
 * passed over in silence, so that one mistake is told once.
 */
import type { Problems } from "./problems.ts";
import { hasUnknown, type Syntax, toJson } from "./syntax.ts";

export interface Shape<T> {
  read(node: Syntax, problems: Problems): T | undefined;
}

export type Read<S> = S extends Shape<infer T> ? T : never;

/** CloudFormation turns numbers and booleans into texts where a text is wanted, and so do these. */
export function text(options: { readonly pattern?: RegExp; readonly hint?: string } = {}): Shape<string> {
  return {
    read(node, problems) {
      if (node.kind === "unknown") return undefined;
      if (node.kind !== "scalar") return refuse(node, problems, "expected a text");
      if (options.pattern !== undefined && !options.pattern.test(node.text)) {
        return refuse(
          node,
          problems,
          `"${node.text}" is not right; ${options.hint ?? `write ${options.pattern}`}`,
        );
      }
      return node.text;
    },
  };
}

export function oneOf<const T extends string>(...choices: readonly T[]): Shape<T> {
  return {
    read(node, problems) {
      if (node.kind === "unknown") return undefined;
      const found = node.kind === "scalar" ? choices.find((choice) => choice === node.text) : undefined;
      if (found !== undefined) return found;
      const what = node.kind === "scalar" ? `"${node.text}"` : "this";
      return refuse(node, problems, `${what} is not served; write ${choices.join(" or ")}`);
    },
  };
}

export function number(options: { readonly least?: number; readonly most?: number } = {}): Shape<number> {
  return numeric(options, "number");
}

export function integer(options: { readonly least?: number; readonly most?: number } = {}): Shape<number> {
  return numeric(options, "whole number");
}

function numeric(
  { least = -Number.MAX_VALUE, most = Number.MAX_VALUE }: { readonly least?: number; readonly most?: number },
  what: "number" | "whole number",
): Shape<number> {
  const range =
    most !== Number.MAX_VALUE
      ? ` from ${least} to ${most}`
      : least !== -Number.MAX_VALUE
        ? ` of ${least} or more`
        : "";
  return {
    read(node, problems) {
      if (node.kind === "unknown") return undefined;
      const value = node.kind === "scalar" && node.text.trim() !== "" ? Number(node.text) : Number.NaN;
      const whole = what === "number" || Number.isSafeInteger(value);
      if (Number.isFinite(value) && whole && value >= least && value <= most) return value;
      const written = node.kind === "scalar" ? `"${node.text}"` : "this";
      return refuse(node, problems, `${written} is out of range; write a ${what}${range}`);
    },
  };
}

export function flag(): Shape<boolean> {
  return {
    read(node, problems) {
      if (node.kind === "unknown") return undefined;
      if (node.kind === "scalar" && node.text === "true") return true;
      if (node.kind === "scalar" && node.text === "false") return false;
      return refuse(node, problems, "expected true or false");
    },
  };
}

export function list<T>(
  of: Shape<T>,
  { least = 0, most = Number.MAX_SAFE_INTEGER }: { readonly least?: number; readonly most?: number } = {},
): Shape<readonly T[]> {
  return {
    read(node, problems) {
      if (node.kind === "unknown") return undefined;
      if (node.kind !== "list") return refuse(node, problems, "expected a list");
      if (node.items.length < least || node.items.length > most) {
        const allowed = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `${least} to ${most}`;
        return refuse(node, problems, `${node.items.length} items are not served; write ${allowed}`);
      }
      return allOrNothing(node.items.map((item) => of.read(item, problems)));
    },
  };
}

/** One value, or a list of them: how policies write actions and resources. */
export function oneOrMore<T>(of: Shape<T>): Shape<readonly T[]> {
  const many = list(of, { least: 1 });
  return {
    read(node, problems) {
      if (node.kind === "list") return many.read(node, problems);
      const one = of.read(node, problems);
      return one === undefined ? undefined : [one];
    },
  };
}

/** Keys of the user's own choice. */
export function mapOf<T>(of: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return {
    read(node, problems) {
      if (node.kind === "unknown") return undefined;
      if (node.kind !== "map") return refuse(node, problems, "expected a map of names to values");
      const values = [...node.entries].map(([key, value]) => {
        const read = of.read(value, problems);
        return read === undefined ? undefined : ([key, read] as const);
      });
      const all = allOrNothing(values);
      return all && Object.fromEntries(all);
    },
  };
}

/** Any JSON object, handed on untouched: event patterns, policies' conditions. It may be written as JSON text. */
export function jsonObject(): Shape<Readonly<Record<string, unknown>>> {
  return {
    read(node, problems) {
      if (hasUnknown(node)) return undefined;
      if (node.kind === "map") return asObject(toJson(node));
      if (node.kind === "scalar") {
        const parsed = asObject(parseJson(node.text));
        if (parsed !== undefined) return parsed;
      }
      return refuse(node, problems, "expected a JSON object");
    },
  };
}

/** JSON text, kept as text: the Input of a rule's target. */
export function jsonText(): Shape<string> {
  return {
    read(node, problems) {
      if (node.kind === "unknown") return undefined;
      if (node.kind === "scalar" && parseJson(node.text) !== undefined) return node.text;
      return refuse(node, problems, "expected JSON as a text; quote a text within it too: '\"hello\"'");
    },
  };
}

/** A property of which nothing is checked here, because CloudFormation alone can judge it. */
export function anything(): Shape<unknown> {
  return { read: (node) => (hasUnknown(node) ? undefined : (toJson(node) ?? null)) };
}

/** A property that AWS has and this cloud does not serve; false is the same as leaving it out. */
export function notServed(instead: string): Shape<false> {
  return {
    read(node, problems) {
      if (node.kind === "unknown" || (node.kind === "scalar" && node.text === "false")) return false;
      return refuse(node, problems, `this is not served here; ${instead}`);
    },
  };
}

/** What is wrong in words, and the undefined that stands for it. */
export function refuse(node: Syntax, problems: Problems, message: string): undefined {
  problems.report(node.place, message);
  return undefined;
}

function allOrNothing<T>(values: readonly (T | undefined)[]): readonly T[] | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.length === values.length ? present : undefined;
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? // A JSON object has text keys and nothing more is claimed of its values.
      (value as Readonly<Record<string, unknown>>)
    : undefined;
}
