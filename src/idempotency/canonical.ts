import { IdempotencyUnsupportedValueError } from "./errors.ts";
import { MemberOrders, sorted } from "./member-order.ts";

/**
 * A text that is equal for equal values and different for different ones: what keys and payloads are hashed from.
 *
 * It is the JSON of a form in which every array says by its first item what it stands for: a list by `null`
 * (`[null,1,2]`), an object by its members' names, after which come their values (`[["a","b"],1,2]`), and what JSON has
 * no word for by a tag (`["date",5]`), so that a Date and its ISO string differ, as do `undefined` and a missing member.
 * Names are sorted by UTF-16 code units and numbers written as in RFC 8785 (JSON Canonicalization Scheme). In a list,
 * names that were written before are a number instead. V8 writes this several times faster than code can write members
 * in order. Only own members count, `__proto__` among them. Cycles are refused. What is not seen makes no difference: the
 * class of an object, private and symbol members, an error's cause, whether bytes are a Buffer or a Uint8Array.
 *
 * @param isKey refuses, at any depth, what is missing (`undefined`, NaN, an invalid Date): two inputs would share it.
 * @throws IdempotencyUnsupportedValueError naming the place, which begins with `root`.
 */
export function canonical(value: unknown, root = "$", isKey = false): string {
  // The usual key, which is not worth a walk.
  if (typeof value === "string") return JSON.stringify(value);
  return JSON.stringify(form(value, { root, isKey, above: [] }, undefined));
}

/** Where a walk through a value stands. */
interface Walk {
  readonly root: string;
  readonly isKey: boolean;
  /** The objects round the one that is being written, the outermost first. */
  readonly above: object[];
}

/** Deeper than any key or payload, and shallow enough for the stack. */
const MAX_DEPTH = 500;

/** `orders` are those of the list that the value is in, if any. */
function form(value: unknown, walk: Walk, orders: MemberOrders | undefined): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      if (walk.isKey && Number.isNaN(value)) throw refused(walk, value, "a number or time that is none");
      return ["number", `${value}`];
    case "undefined":
      if (walk.isKey) throw refused(walk, value, "what is missing");
      return ["undefined"];
    case "bigint":
      return ["bigint", `${value}`];
    case "object":
      return value === null ? null : nested(value, walk, orders);
    default:
      throw refused(walk, value, `a ${typeof value}`);
  }
}

function nested(value: object, walk: Walk, orders: MemberOrders | undefined): unknown {
  const { above } = walk;
  if (above.includes(value)) throw refused(walk, value, "a value that contains itself");
  if (above.length === MAX_DEPTH) throw refused(walk, value, `a value nested more than ${MAX_DEPTH} deep`);
  above.push(value);
  const written = Array.isArray(value)
    ? list(value, walk, orders)
    : isPlain(value) && !writesItself(value)
      ? members(value, walk, orders)
      : special(value, walk, orders);
  above.pop();
  return written;
}

/** Shorter lists are not worth counting what they have in common. */
const LONG_LIST = 8;

function list(items: readonly unknown[], walk: Walk, outer: MemberOrders | undefined): unknown {
  const orders = outer ?? (items.length < LONG_LIST ? undefined : new MemberOrders());
  const written: unknown[] = [null];
  for (let i = 0; i < items.length; i++) written.push(form(items[i], walk, orders));
  return written;
}

function members(value: object, walk: Walk, orders: MemberOrders | undefined): unknown {
  const given = Object.keys(value);
  const order = orders?.of(given);
  const names = order?.names ?? sorted(given);
  const record = value as Readonly<Record<string, unknown>>;
  const written: unknown[] = [order?.head ?? names];
  for (let i = 0; i < names.length; i++) written.push(form(record[names[i] as string], walk, orders));
  return written;
}

function special(value: object, walk: Walk, orders: MemberOrders | undefined): unknown {
  if (value instanceof Date) return ["date", form(value.getTime(), walk, orders)];
  if (value instanceof Map) return ["map", ...unordered([...value], walk)];
  if (value instanceof Set) return ["set", ...unordered([...value], walk)];
  if (ArrayBuffer.isView(value)) return bytes(value);
  if (value instanceof ArrayBuffer) return bytes(new Uint8Array(value));
  if (value instanceof Error) {
    return ["error", form({ ...value, name: value.name, message: value.message }, walk, orders)];
  }
  if (value instanceof String || value instanceof Number || value instanceof Boolean) {
    throw refused(walk, value, "a boxed text, number or boolean");
  }
  if (writesItself(value)) return ["json", form(value.toJSON(), walk, orders)];
  if (Object.keys(value).length === 0) {
    throw refused(walk, value, "an object without members of its own");
  }
  return members(value, walk, orders);
}

/** Sets and maps are compared by what they hold, not by the order in which it came. */
function unordered(items: readonly unknown[], walk: Walk): unknown[] {
  return items
    .map((item) => {
      const written = form(item, walk, undefined);
      return { written, text: JSON.stringify(written) };
    })
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ written }) => written);
}

function bytes(view: ArrayBufferView): unknown {
  const kind = view instanceof Uint8Array ? "" : view.constructor.name;
  return ["bytes", kind, Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString("base64")];
}

/** Without a prototype, or with that of object literals, in this realm or another. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null;
}

function writesItself(value: object): value is { toJSON(): unknown } {
  return "toJSON" in value && typeof value.toJSON === "function";
}

/** A name of another kind may itself be data: an address, a number of an account. */
const PLAIN_NAME = /^[A-Za-z_$][\w$-]{0,39}$/;

/** A path of more steps helps nobody. */
const LONGEST_PATH = 20;

function refused({ root, above }: Walk, culprit: unknown, what: string): Error {
  return new IdempotencyUnsupportedValueError(root + pathTo(culprit, above), what);
}

/**
 * The way through the objects round it, as far as members and items lead. Looked for in the order of writing, so that
 * no getter is asked that was not asked then.
 */
function pathTo(culprit: unknown, above: readonly object[]): string {
  let path = "";
  for (const [depth, parent] of above.entries()) {
    const child = depth + 1 < above.length ? above[depth + 1] : culprit;
    const names = Object.keys(parent).sort();
    const name = names.find((each) => (parent as Record<string, unknown>)[each] === child);
    if (name === undefined) return path;
    if (depth === LONGEST_PATH) return `${path}…`;
    path += Array.isArray(parent) ? `[${name}]` : PLAIN_NAME.test(name) ? `.${name}` : "[…]";
  }
  return path;
}
