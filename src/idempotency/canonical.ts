import { IdempotencyUnsupportedValueError } from "./errors.ts";

/**
 * A text that is equal for equal values and different for different ones: what keys and payloads are hashed from.
 *
 * Members are sorted by UTF-16 code units and numbers written as in RFC 8785 (JSON Canonicalization Scheme). What
 * JSON has no word for gets a tag that no JSON text begins with, so that a Date and its ISO string differ, as do
 * `undefined` and a missing member. Only own members count, `__proto__` among them. Cycles are refused.
 *
 * @throws IdempotencyUnsupportedValueError naming the place, which begins with `root`.
 */
export function canonical(value: unknown, root = "$"): string {
  try {
    return write(value, []);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    throw new IdempotencyUnsupportedValueError(placeOf(value, root), error.what);
  }
}

/** Carries what cannot be written; where it is, is found out only then. */
class Refused extends Error {
  readonly what: string;
  constructor(what: string) {
    super(what);
    this.what = what;
  }
}

/** Deeper than any key or payload, and shallow enough for the stack. */
const MAX_DEPTH = 500;

function write(value: unknown, above: object[]): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return Number.isFinite(value) ? JSON.stringify(value) : `n${value}`;
    case "boolean":
      return value ? "true" : "false";
    case "undefined":
      return "u";
    case "bigint":
      return `i${value}`;
    case "object":
      return value === null ? "null" : writeNested(value, above);
    default:
      throw new Refused(`a ${typeof value}`);
  }
}

function writeNested(value: object, above: object[]): string {
  if (above.includes(value)) throw new Refused("a value that contains itself");
  if (above.length === MAX_DEPTH) throw new Refused(`a value nested more than ${MAX_DEPTH} deep`);
  above.push(value);
  const text = writeObject(value, above);
  above.pop();
  return text;
}

function writeObject(value: object, above: object[]): string {
  if (Array.isArray(value)) return `[${Array.from(value, (item) => write(item, above)).join(",")}]`;
  if (value instanceof Date) return `d${value.getTime()}`;
  if (value instanceof Map) return `m${writeUnordered([...value], above)}`;
  if (value instanceof Set) return `s${writeUnordered([...value], above)}`;
  if (ArrayBuffer.isView(value)) return `b${writeBytes(value)}`;
  if (value instanceof ArrayBuffer) return `b${writeBytes(new Uint8Array(value))}`;
  if (value instanceof Error) {
    return `e${write({ ...value, name: value.name, message: value.message }, above)}`;
  }
  if (value instanceof String || value instanceof Number || value instanceof Boolean) {
    throw new Refused("a boxed text, number or boolean");
  }
  if ("toJSON" in value && typeof value.toJSON === "function") return `j${write(value.toJSON(), above)}`;
  const names = Object.keys(value).sort();
  if (names.length === 0 && !isPlain(value)) throw new Refused("an object without members of its own");
  const record = value as Readonly<Record<string, unknown>>;
  return `{${names.map((name) => `${JSON.stringify(name)}:${write(record[name], above)}`).join(",")}}`;
}

/** Sets and maps are compared by what they hold, not by the order in which it came. */
function writeUnordered(items: readonly unknown[], above: object[]): string {
  return `[${items
    .map((item) => write(item, above))
    .sort()
    .join(",")}]`;
}

function writeBytes(view: ArrayBufferView): string {
  const kind = view instanceof Uint8Array ? "" : view.constructor.name;
  return `${kind}"${Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("base64")}"`;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A path of more steps helps nobody, and finding it costs a walk for each step. */
const LONGEST_PATH = 20;

/** Follows the members that cannot be written down to the one that is to blame. */
function placeOf(value: unknown, path: string, above: object[] = []): string {
  if (typeof value !== "object" || value === null || above.includes(value)) return path;
  if (above.length === LONGEST_PATH) return `${path}…`;
  const here = [...above, value];
  for (const [name, item] of Object.entries(value)) {
    if (!isWritten(item, here))
      return placeOf(item, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`, here);
  }
  return path;
}

function isWritten(value: unknown, above: readonly object[]): boolean {
  try {
    write(value, [...above]);
    return true;
  } catch {
    return false;
  }
}
