/**
 * Writes a result as text from which the same value comes back, or gives undefined when there is no such text.
 *
 * JSON as it is, where JSON is exact. What it would lose (Date, BigInt, Map, Set, undefined, NaN, infinities, -0,
 * bytes, Error) is written as an array whose first item is a tag; arrays of the value's own that begin like one are
 * escaped. Instances of other classes, functions and cycles cannot be written. Not kept are symbol members, members that
 * a list, Date, Map or Set has of its own, holes (they become undefined), the subclass of one of these or of Error, and
 * what an error has that is not enumerable but for name, message and cause.
 */
export function encodeResult(value: unknown): string | undefined {
  try {
    return JSON.stringify(pack(value, []));
  } catch {
    // Not data, a getter that throws, a revoked proxy, too deep: whatever it is, the work has been done.
    return undefined;
  }
}

/** The value that `encodeResult` was given: a new one each time, so that two replays share nothing. */
export function decodeResult(text: string): unknown {
  const packed: unknown = JSON.parse(text);
  return text.includes(`"${TAG}`) ? unpack(packed) : packed;
}

const TAG = "$hf:";

/** Deeper than any answer, and shallow enough for the stack. */
const MAX_DEPTH = 500;

class NotData extends Error {}

/** The value itself where JSON is exact, so that most results are neither copied nor walked through when decoded. */
function pack(value: unknown, above: object[]): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Object.is(value, -0)) return tagged("number", ["-0"]);
      return Number.isFinite(value) ? value : tagged("number", [String(value)]);
    case "undefined":
      return tagged("undefined", []);
    case "bigint":
      return tagged("bigint", [String(value)]);
    case "object":
      return value === null ? null : packNested(value, above);
    default:
      throw new NotData();
  }
}

function tagged(kind: string, items: readonly unknown[]): unknown {
  return [TAG + kind, ...items];
}

function packNested(value: object, above: object[]): unknown {
  if (above.includes(value) || above.length > MAX_DEPTH) throw new NotData();
  above.push(value);
  const packed = packObject(value, above);
  above.pop();
  return packed;
}

function packObject(value: object, above: object[]): unknown {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (Array.isArray(value)) {
    const items = packItems(value, above);
    return isTag(items[0]) ? tagged("array", items) : items;
  }
  if (prototype === Object.prototype || prototype === null) return packMembers(value, above);
  if (value instanceof Date) return tagged("date", [pack(value.getTime(), above)]);
  if (value instanceof Map) {
    const pairs = Array.from(value, (pair) => packItems(pair, above));
    return tagged("map", pairs);
  }
  if (value instanceof Set) return tagged("set", packItems([...value], above));
  if (ArrayBuffer.isView(value)) return packBytes(value);
  if (!(value instanceof Error)) throw new NotData();
  const own: Record<string, unknown> = { ...value, name: value.name, message: value.message };
  if (value.cause !== undefined) own["cause"] = value.cause;
  return tagged("error", [packMembers(own, above)]);
}

function isTag(first: unknown): boolean {
  return typeof first === "string" && first.startsWith(TAG);
}

function packItems(items: readonly unknown[], above: object[]): readonly unknown[] {
  let copy = writesItself(items) ? [...items] : undefined;
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    const packed = pack(item, above);
    if (packed === item) continue;
    copy ??= [...items];
    copy[i] = packed;
  }
  return copy ?? items;
}

function packMembers(value: object, above: object[]): object {
  const members = value as Readonly<Record<string, unknown>>;
  let copy = writesItself(value) ? { ...value } : undefined;
  for (const name of Object.keys(value)) {
    const item = members[name];
    const packed = pack(item, above);
    if (packed === item) continue;
    copy ??= { ...value };
    // Defined, not assigned: one named __proto__ stays a member.
    Object.defineProperty(copy, name, { value: packed, enumerable: true });
  }
  return copy ?? value;
}

/** By a hidden or inherited `toJSON`, which a copy does not have: members and items are what comes back. */
function writesItself(value: object): boolean {
  return "toJSON" in value;
}

const VIEWS = {
  Buffer,
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;

function packBytes(view: ArrayBufferView): unknown {
  const kind = view.constructor.name;
  if (!Object.hasOwn(VIEWS, kind)) throw new NotData();
  const base64 = Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("base64");
  return tagged("bytes", [kind, base64]);
}

function unpack(packed: unknown): unknown {
  if (typeof packed !== "object" || packed === null) return packed;
  if (!Array.isArray(packed)) return unpackMembers(packed);
  const [tag, ...rest] = packed;
  if (!isTag(tag)) return packed.map(unpack);
  switch (tag.slice(TAG.length)) {
    case "number":
      return Number(rest[0]);
    case "undefined":
      return undefined;
    case "bigint":
      return BigInt(rest[0]);
    case "date":
      return new Date(unpack(rest[0]) as number);
    case "map":
      return new Map(rest.map(([key, item]: [unknown, unknown]) => [unpack(key), unpack(item)]));
    case "set":
      return new Set(rest.map(unpack));
    case "bytes":
      return unpackBytes(rest[0], rest[1]);
    case "error":
      return unpackError(unpackMembers(rest[0]));
    default:
      return rest.map(unpack);
  }
}

function unpackMembers(packed: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(packed).map(([name, item]) => [name, unpack(item)]));
}

function unpackBytes(kind: string, base64: string): ArrayBufferView {
  const buffer = Buffer.from(base64, "base64");
  if (kind === "Buffer") return buffer;
  const View = VIEWS[kind as keyof typeof VIEWS] as new (bytes: ArrayBufferLike) => ArrayBufferView;
  return new View(new Uint8Array(buffer).buffer);
}

/** Members that an error has without showing them in a loop. */
const HIDDEN: ReadonlySet<string> = new Set(["name", "message", "stack", "cause"]);

function unpackError(members: Record<string, unknown>): Error {
  const error = new Error(String(members["message"]));
  for (const [name, value] of Object.entries(members)) {
    Object.defineProperty(error, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: !HIDDEN.has(name),
    });
  }
  return error;
}
