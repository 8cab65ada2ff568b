import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonical } from "../../src/idempotency/canonical.ts";
import { referenceText } from "./canonical-reference.ts";

test("members are sorted by UTF-16 units and numbers printed by ECMAScript, as in RFC 8785", () => {
  const value = JSON.parse(
    '{"\\u20ac": 1, "\\r": 2, "1": 3, "\\ud83d\\ude02": 4, "\\ufb33": 5, "n": [333333333.33333329, 1E30, 4.50, 2e-3, 1e-27, -0]}',
  );
  expect(canonical(value)).toBe(
    '[["\\r","1","n","\u20ac","\ud83d\ude02","\ufb33"],2,3,[null,333333333.3333333,1e+30,4.5,0.002,1e-27,0],1,4,5]',
  );
});

/** Names that recur, and that objects treat as special. */
const names = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "b", "aa", "10", "9", "", "\ufb33", "\ud83d\ude02") },
  { weight: 1, arbitrary: fc.constantFrom("__proto__", "constructor", "length", "toString") },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 3 }) },
);

/** Few leaves, so that much is equal by chance; some of them look like what others are written as. */
const leaves = fc.oneof(
  fc.constantFrom<unknown>(null, undefined, true, "", "a", "date", "undefined", 0, -0, 1, 2, Number.NaN, 1n),
  fc.constantFrom<unknown>(Number.POSITIVE_INFINITY, "\ud800", "\ufffd", new Date(1), new Date(Number.NaN)),
  fc.constantFrom<unknown>(new Uint8Array([1]), Buffer.from([1]), new Int8Array([1])),
  fc.double(),
  fc.string({ unit: "binary", maxLength: 3 }),
);

function objectOf(members: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(members);
}

const { values } = fc.letrec<{ values: unknown }>((tie) => {
  const members = fc.uniqueArray(fc.tuple(names, tie("values")), {
    selector: ([name]) => name,
    maxLength: 4,
  });
  // Long enough for the names of like objects to be numbered.
  const rows = fc
    .tuple(
      fc.uniqueArray(names, { maxLength: 3 }),
      fc.array(fc.array(tie("values"), { maxLength: 3 }), { maxLength: 12 }),
    )
    .map(([given, items]) =>
      items.map((item) => objectOf(given.map((name, index) => [name, item[index]] as const))),
    );
  return {
    values: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaves,
      fc.array(tie("values"), { maxLength: 10 }),
      members.map(objectOf),
      rows,
      fc.array(tie("values"), { maxLength: 4 }).map((items) => new Set(items)),
      fc.array(fc.tuple(tie("values"), tie("values")), { maxLength: 3 }).map((pairs) => new Map(pairs)),
    ),
  };
});

/** The same value with the members of its objects, and the items of its sets and maps, written in another order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (value instanceof Set) return new Set([...value].map(reordered).reverse());
  if (value instanceof Map)
    return new Map([...value].map((pair) => pair.map(reordered) as [unknown, unknown]).reverse());
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || value instanceof Date)
    return value;
  return objectOf(
    Object.entries(value)
      .map(([name, item]) => [name, reordered(item)] as const)
      .reverse(),
  );
}

/** One thing in it is different: the i-th leaf, counted in the order of a walk. */
function changed(value: unknown, at: number): unknown {
  let left = at;
  function walk(item: unknown): unknown {
    if (Array.isArray(item)) return item.map(walk);
    if (item instanceof Set) return new Set([...item].map(walk));
    if (item instanceof Map) return new Map([...item].map((pair) => pair.map(walk) as [unknown, unknown]));
    if (typeof item === "object" && item !== null && !ArrayBuffer.isView(item) && !(item instanceof Date)) {
      return objectOf(Object.entries(item).map(([name, inner]) => [name, walk(inner)] as const));
    }
    left -= 1;
    return left === -1 ? [item] : item;
  }
  return walk(value);
}

test("the order in which members, and the items of sets and maps, were written does not matter", () => {
  fc.assert(
    fc.property(values, (value) => {
      expect(canonical(reordered(value))).toBe(canonical(value));
    }),
  );
});

test("values have the same text exactly when a plain implementation gives them the same", () => {
  const pairs = fc.oneof(
    fc.tuple(values, values),
    fc.tuple(values, fc.nat({ max: 20 })).map(([value, at]) => [value, changed(value, at)] as const),
  );
  fc.assert(
    fc.property(pairs, ([a, b]) => {
      expect(canonical(a) === canonical(b)).toBe(referenceText(a) === referenceText(b));
    }),
    { numRuns: 1_000 },
  );
});

test("in a list, the order of an object's members does not change how the next like it is written", () => {
  const rows = Array.from({ length: 12 }, (_, n) => (n % 3 === 0 ? { a: n, b: 1 } : { b: 1, a: n }));
  const sorted = rows.map(({ a, b }) => ({ a, b }));
  expect(canonical(rows)).toBe(canonical(sorted));
  expect(canonical(rows)).toMatch(/^\[null,\[\["a","b"\],0,1\],\[0,1,1\],\[0,2,1\],/);
});

test("a number of names cannot be taken for names, nor for a list's item", () => {
  const row = { a: 1 };
  const rows = Array.from({ length: 12 }, () => row);
  const likely = [
    rows,
    [...rows.slice(1), [0, 1]],
    [...rows.slice(1), [null, 0, 1]],
    [...rows.slice(1), { 0: 1 }],
  ];
  expect(new Set(likely.map((value) => canonical(value))).size).toBe(likely.length);
});

test("JSON values have the same text exactly when they are equal", () => {
  const pair = fc.oneof(
    fc.tuple(fc.jsonValue(), fc.jsonValue()),
    fc.jsonValue().map((value) => [value, structuredClone(value)] as const),
  );
  fc.assert(
    fc.property(pair, ([a, b]) => {
      const [left, right] = [a, b].map((value) => JSON.parse(JSON.stringify(value)));
      expect(canonical(a) === canonical(b)).toBe(isDeepStrictEqual(left, right));
    }),
  );
});

test("values that JSON confuses are told apart", () => {
  const confusing: unknown[] = [
    null,
    "null",
    undefined,
    "u",
    Number.NaN,
    "NaN",
    1,
    "1",
    1n,
    true,
    "true",
    {},
    [],
    "",
    new Map(),
    new Set(),
    [null],
    [undefined],
    { a: undefined },
    { a: null },
    new Date(0),
    new Date(0).toISOString(),
    0,
    new Uint8Array([1]),
    new Uint16Array([1]),
    [1],
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    new URL("https://a.example"),
    "https://a.example/",
  ];
  const texts = confusing.map((value) => canonical(value));
  expect(new Set(texts).size).toBe(confusing.length);
});

test("__proto__ is a member like any other: payloads that differ in it do not collide", () => {
  expect(canonical(JSON.parse('{"__proto__":1}'))).not.toBe(canonical(JSON.parse('{"__proto__":2}')));
});

test("sets and maps are compared by what they hold", () => {
  expect(canonical(new Set([1, 2]))).toBe(canonical(new Set([2, 1])));
  expect(
    canonical(
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
    ),
  ).toBe(
    canonical(
      new Map([
        ["b", 2],
        ["a", 1],
      ]),
    ),
  );
});

test("what cannot be told apart from others of its kind is refused with its path", () => {
  class Opaque {
    readonly #secret = 1;
    read(): number {
      return this.#secret;
    }
  }
  const loop: { self?: unknown } = {};
  loop.self = loop;
  expect(() => canonical({ a: [loop] })).toThrow(/\$\.a\[0\]\.self: a value that contains itself/);
  expect(() => canonical({ a: () => 1 })).toThrow(/\$\.a: a function/);
  expect(() => canonical({ a: () => 1 }, "key")).toThrow(/^key\.a: a function/);
  expect(() => canonical(JSON.parse("[".repeat(5_000) + "]".repeat(5_000)))).toThrow(
    /nested more than 500 deep/,
  );
  expect(() => canonical({ a: new Opaque() })).toThrow(/\$\.a: an object without members/);
});

test("where a value cannot be written, no getter is asked that was not asked before", () => {
  const value = {
    get z() {
      throw new Error("asked");
    },
    a: Symbol("s"),
  };
  expect(() => canonical(value)).toThrow(/\$\.a: a symbol/);
});

test("a path of more than 20 steps is cut, and one that leads through a Map ends there", () => {
  let deep: unknown = () => 1;
  for (let depth = 0; depth < 30; depth++) deep = { d: deep };
  expect(() => canonical(deep)).toThrow(/^\$(\.d){20}…: a function/);
  expect(() => canonical({ m: new Map([["a", () => 1]]) })).toThrow(/^\$\.m: a function/);
});

test.each<[string, unknown, string]>([
  ["true", true, "true"],
  ["false", false, "false"],
  ["null", null, "null"],
  ["undefined", undefined, '["undefined"]'],
  ["NaN", Number.NaN, '["number","NaN"]'],
  ["a bigint", 12n, '["bigint","12"]'],
  ["a Date", new Date(5), '["date",5]'],
  ["an invalid Date", new Date(Number.NaN), '["date",["number","NaN"]]'],
  [
    "a Map",
    new Map<unknown, unknown>([
      ["b", 2],
      ["a", [1]],
    ]),
    '["map",[null,"a",[null,1]],[null,"b",2]]',
  ],
  ["a Set", new Set(["b", "a"]), '["set","a","b"]'],
  ["bytes", new Uint8Array([1, 2]), '["bytes","","AQI="]'],
  ["a Buffer, which is bytes", Buffer.from([1, 2]), '["bytes","","AQI="]'],
  ["part of a buffer", new Uint8Array([9, 1, 2, 9]).subarray(1, 3), '["bytes","","AQI="]'],
  ["an ArrayBuffer", new Uint8Array([1, 2]).buffer, '["bytes","","AQI="]'],
  ["other views, by their kind", new Int8Array([1, 2]), '["bytes","Int8Array","AQI="]'],
  ["what writes itself as JSON", { toJSON: () => ({ a: [1] }) }, '["json",[["a"],[null,1]]]'],
  ["a member that is merely named toJSON", { toJSON: 1 }, '[["toJSON"],1]'],
  ["a member that is undefined", { a: undefined }, '[["a"],["undefined"]]'],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), '[["a"],1]'],
  ["an empty object without a prototype", Object.create(null), "[[]]"],
  ["a list of seven objects", Array.from({ length: 7 }, () => ({ a: 1 })), `[null${',[["a"],1]'.repeat(7)}]`],
  [
    "a list of eight objects, whose names are written once",
    Array.from({ length: 8 }, () => ({ a: 1 })),
    `[null,[["a"],1]${",[0,1]".repeat(7)}]`,
  ],
])("keys written by one version are found by the next: %s", (_name, value, text) => {
  expect(canonical(value)).toBe(text);
});

test("one value in several places is no value that contains itself", () => {
  const shared = { a: 1 };
  expect(canonical([shared, { shared }, new Set([shared])])).toBe(
    '[null,[["a"],1],[["shared"],[["a"],1]],["set",[["a"],1]]]',
  );
});

test.each<[string, (loop: unknown) => unknown]>([
  ["an array", (loop) => [loop]],
  ["a Map", (loop) => new Map([["a", loop]])],
  ["a Set", (loop) => new Set([loop])],
  ["what writes itself as JSON", (loop) => ({ toJSON: () => [loop] })],
])("a value that contains itself by way of %s is refused", (_name, through) => {
  const loop: { inner?: unknown } = {};
  loop.inner = through(loop);
  expect(() => canonical(loop)).toThrow(
    expect.objectContaining({
      code: "IDEMPOTENCY_UNSUPPORTED_VALUE",
      name: "IdempotencyUnsupportedValueError",
      message: expect.stringContaining("a value that contains itself"),
    }),
  );
});

test("an instance with members of its own is known by them", () => {
  class Point {
    readonly x = 1;
  }
  expect(canonical(new Point())).toBe('[["x"],1]');
});

test("Errors are told apart by name and message, and boxed values are refused", () => {
  const coded = (message: string): Error => Object.assign(new Error(message), { code: 1 });
  expect(canonical(coded("a"))).not.toBe(canonical(coded("b")));
  for (const boxed of [Object("ab"), Object(5), Object(true)]) {
    expect(() => canonical(boxed)).toThrow(/a boxed text, number or boolean/);
  }
});
