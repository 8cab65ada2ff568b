import { IdempotencyUnsupportedValueError } from "./errors.ts";

/**
 * A text that is equal for equal values and different for different ones: what keys and payloads are hashed from.
 *
 * Members are sorted by UTF-16 code units and numbers written as in RFC 8785 (JSON Canonicalization Scheme). What
 * JSON has no word for gets a tag that no JSON text begins with, so that a Date and its ISO string differ, as do
 * `undefined` and a missing member. Only own members count, `__proto__` among them. Cycles are refused.
 */
export function canonical(value: unknown): string {
  return write(value, "$", []);
}

function write(value: unknown, path: string, above: readonly object[]): string {
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
      return value === null ? "null" : writeObject(value, path, above);
    default:
      throw new IdempotencyUnsupportedValueError(path, `a ${typeof value}`);
  }
}

function writeObject(value: object, path: string, above: readonly object[]): string {
  if (above.includes(value)) throw new IdempotencyUnsupportedValueError(path, "a value that contains itself");
  const here = [...above, value];
  if (Array.isArray(value)) {
    return `[${value.map((item, index) => write(item, `${path}[${index}]`, here)).join(",")}]`;
  }
  if (value instanceof Date) return `d${value.getTime()}`;
  if (value instanceof Map) return `m${list([...value], path, here)}`;
  if (value instanceof Set) return `s${list([...value], path, here)}`;
  if (ArrayBuffer.isView(value)) return `b${bytes(value)}`;
  if (value instanceof ArrayBuffer) return `b${bytes(new Uint8Array(value))}`;
  if ("toJSON" in value && typeof value.toJSON === "function") return `j${write(value.toJSON(), path, here)}`;
  const members = Object.keys(value).sort();
  if (members.length === 0 && !isPlain(value)) {
    throw new IdempotencyUnsupportedValueError(path, "an object without members of its own");
  }
  const record = value as Readonly<Record<string, unknown>>;
  return `{${members.map((name) => `${JSON.stringify(name)}:${write(record[name], `${path}.${name}`, here)}`).join(",")}}`;
}

/** Sets and maps are compared by what they hold, not by the order in which it came. */
function list(items: readonly unknown[], path: string, above: readonly object[]): string {
  return `[${items
    .map((item) => write(item, `${path}[]`, above))
    .sort()
    .join(",")}]`;
}

function bytes(view: ArrayBufferView): string {
  const kind = view instanceof Uint8Array ? "" : view.constructor.name;
  return `${kind}"${Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("base64")}"`;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}
