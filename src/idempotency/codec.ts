/**
 * Writes a result as text from which the same value comes back, or gives undefined when there is no such text.
 *
 * JSON as it is, where JSON is exact. What it would lose (Date, BigInt, Map, Set, undefined, NaN, infinities, -0,
 * bytes, Error) is written as an array whose first item is a tag; arrays of the value's own that begin like one are
 * escaped. Instances of other classes, functions and cycles cannot be written.
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
  return unpack(JSON.parse(text));
}

const TAG = "$hf:";

class NotData extends Error {}

function pack(value: unknown, above: readonly object[]): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : [`${TAG}number`, Object.is(value, -0) ? "-0" : String(value)];
    case "undefined":
      return [`${TAG}undefined`];
    case "bigint":
      return [`${TAG}bigint`, value.toString()];
    case "object":
      return value === null ? null : packObject(value, above);
    default:
      throw new NotData();
  }
}

function packObject(value: object, above: readonly object[]): unknown {
  if (above.includes(value) || above.length > MAX_DEPTH) throw new NotData();
  const here = [...above, value];
  if (Array.isArray(value)) {
    const items = Array.from(value, (item) => pack(item, here));
    const first = items[0];
    return typeof first === "string" && first.startsWith(TAG) ? [`${TAG}array`, ...items] : items;
  }
  if (value instanceof Date) return [`${TAG}date`, pack(value.getTime(), here)];
  if (value instanceof Map) {
    return [`${TAG}map`, ...Array.from(value, ([key, item]) => [pack(key, here), pack(item, here)])];
  }
  if (value instanceof Set) return [`${TAG}set`, ...Array.from(value, (item) => pack(item, here))];
  if (ArrayBuffer.isView(value)) return packBytes(value);
  if (value instanceof Error) {
    const own: Record<string, unknown> = { ...value, name: value.name, message: value.message };
    if (value.cause !== undefined) own["cause"] = value.cause;
    return [`${TAG}error`, packMembers(own, here)];
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new NotData();
  return packMembers(value, here);
}

/** Deeper than any answer, and shallow enough for the stack. */
const MAX_DEPTH = 500;

function packMembers(value: object, above: readonly object[]): Record<string, unknown> {
  // fromEntries defines members, so that one named __proto__ stays a member.
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, pack(item, above)]));
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
  return [`${TAG}bytes`, kind, Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("base64")];
}

function unpack(packed: unknown): unknown {
  if (typeof packed !== "object" || packed === null) return packed;
  if (!Array.isArray(packed)) return unpackMembers(packed);
  const [tag, ...rest] = packed;
  if (typeof tag !== "string" || !tag.startsWith(TAG)) return packed.map(unpack);
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
