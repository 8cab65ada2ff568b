import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonical } from "../../src/idempotency/canonical.ts";

test("JSON is written as RFC 8785 writes it: sorted by UTF-16 units, numbers as ECMAScript prints them", () => {
  const value = JSON.parse(
    '{"\\u20ac": 1, "\\r": 2, "1": 3, "\\ud83d\\ude02": 4, "\\ufb33": 5, "n": [333333333.33333329, 1E30, 4.50, 2e-3, 1e-27, -0]}',
  );
  expect(canonical(value)).toBe(
    '{"\\r":2,"1":3,"n":[333333333.3333333,1e+30,4.5,0.002,1e-27,0],"\u20ac":1,"\ud83d\ude02":4,"\ufb33":5}',
  );
});

test("the order in which members were written does not matter", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (record) => {
      const reversed = Object.fromEntries(Object.entries(record).reverse());
      expect(canonical(reversed)).toBe(canonical(record));
    }),
  );
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

test.each<[string, unknown, string]>([
  ["true", true, "true"],
  ["false", false, "false"],
  ["null", null, "null"],
  ["undefined", undefined, "u"],
  ["NaN", Number.NaN, "nNaN"],
  ["a bigint", 12n, "i12"],
  ["a Date", new Date(5), "d5"],
  ["an invalid Date", new Date(Number.NaN), "dNaN"],
  [
    "a Map",
    new Map<unknown, unknown>([
      ["b", 2],
      ["a", [1]],
    ]),
    'm[["a",[1]],["b",2]]',
  ],
  ["a Set", new Set(["b", "a"]), 's["a","b"]'],
  ["bytes", new Uint8Array([1, 2]), 'b"AQI="'],
  ["a Buffer, which is bytes", Buffer.from([1, 2]), 'b"AQI="'],
  ["part of a buffer", new Uint8Array([9, 1, 2, 9]).subarray(1, 3), 'b"AQI="'],
  ["an ArrayBuffer", new Uint8Array([1, 2]).buffer, 'b"AQI="'],
  ["other views, by their kind", new Int8Array([1, 2]), 'bInt8Array"AQI="'],
  ["what writes itself as JSON", { toJSON: () => ({ a: [1] }) }, 'j{"a":[1]}'],
  ["a member that is merely named toJSON", { toJSON: 1 }, '{"toJSON":1}'],
  ["a member that is undefined", { a: undefined }, '{"a":u}'],
  ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  ["an empty object without a prototype", Object.create(null), "{}"],
])("keys written by one version are found by the next: %s", (_name, value, text) => {
  expect(canonical(value)).toBe(text);
});

test("one value in several places is no value that contains itself", () => {
  const shared = { a: 1 };
  expect(canonical([shared, { shared }, new Set([shared])])).toBe('[{"a":1},{"shared":{"a":1}},s[{"a":1}]]');
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
  expect(canonical(new Point())).toBe('{"x":1}');
});

test("Errors are told apart by name and message, and boxed values are refused", () => {
  const coded = (message: string): Error => Object.assign(new Error(message), { code: 1 });
  expect(canonical(coded("a"))).not.toBe(canonical(coded("b")));
  expect(() => canonical(Object("ab"))).toThrow(/a boxed text/);
});
