import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeResult, encodeResult } from "../../src/idempotency/codec.ts";

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function roundTrip(value: unknown): unknown {
  const text = encodeResult(value);
  if (text === undefined) throw new Error("it was not encoded");
  return decodeResult(text);
}

test("five hundred levels below the outermost can be written, and no more", () => {
  const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));
  expect(roundTrip(nested(501))).toEqual(nested(501));
  expect(encodeResult(nested(502))).toBeUndefined();
});

test("any plain data comes back as it was", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
  });
  fc.assert(
    fc.property(anything, (value) => {
      expect(roundTrip(value)).toStrictEqual(value);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["undefined", undefined],
  ["a member that is undefined", { a: undefined }],
  ["NaN", Number.NaN],
  ["minus zero", -0],
  ["an infinity", Number.NEGATIVE_INFINITY],
  ["a Date", new Date(5)],
  ["an invalid Date", new Date(Number.NaN)],
  ["a BigInt", 2n ** 80n],
  ["a Map with object keys", new Map([[{ a: 1 }, new Set([1])]])],
  ["bytes", new Uint8Array([0, 255])],
  ["a Buffer", Buffer.from("abc")],
  ["a Float64Array", new Float64Array([1.5, Number.NaN])],
  ["a member named __proto__", JSON.parse('{"__proto__": {"polluted": true}}')],
  ["an array that begins like a tag of ours", ["$hf:date", 5]],
  ["text that looks like a tag", { kind: "$hf:undefined" }],
])("%s comes back as it was", (_name, value) => {
  expect(roundTrip(value)).toStrictEqual(value);
});

test("an Error comes back with its name, message, cause and own members", () => {
  const error = Object.assign(new TypeError("bad", { cause: new Error("why") }), { code: "E_BAD" });
  expect(roundTrip(error)).toMatchObject({
    name: "TypeError",
    message: "bad",
    code: "E_BAD",
    cause: { message: "why" },
  });
  expect(roundTrip(error)).toBeInstanceOf(Error);
});

test.each([
  ["a function", () => 1],
  ["a symbol", Symbol("s")],
  ["an instance of a class", new URL("https://example.com")],
  [
    "a value that contains itself",
    (() => {
      const loop: Record<string, unknown> = {};
      loop["self"] = loop;
      return loop;
    })(),
  ],
  ["nesting beyond all measure", JSON.parse("[".repeat(5_000) + "]".repeat(5_000))],
  [
    "a getter that throws",
    {
      get a() {
        throw new Error("no");
      },
    },
  ],
  ["a revoked proxy", revokedProxy()],
])("%s has no text, and says so without throwing", (_name, value) => {
  expect(encodeResult({ value })).toBeUndefined();
});

test("two replays share nothing", () => {
  const text = encodeResult({ list: [1] }) as string;
  expect(decodeResult(text)).not.toBe(decodeResult(text));
});

test.each<[string, unknown, string]>([
  ["plain JSON", { a: ["text", 1, true, null] }, '{"a":["text",1,true,null]}'],
  ["undefined", undefined, '["$hf:undefined"]'],
  ["NaN", Number.NaN, '["$hf:number","NaN"]'],
  ["minus zero", -0, '["$hf:number","-0"]'],
  ["a bigint", 12n, '["$hf:bigint","12"]'],
  ["a Date", new Date(5), '["$hf:date",5]'],
  ["a Map", new Map([["a", new Date(5)]]), '["$hf:map",["a",["$hf:date",5]]]'],
  ["a Set", new Set([1n]), '["$hf:set",["$hf:bigint","1"]]'],
  ["a Buffer", Buffer.from("abc"), '["$hf:bytes","Buffer","YWJj"]'],
  ["a DataView", new DataView(new Uint8Array([1]).buffer), '["$hf:bytes","DataView","AQ=="]'],
  ["64-bit numbers", new BigInt64Array([-1n]), '["$hf:bytes","BigInt64Array","//////////8="]'],
  [
    "64-bit numbers without a sign",
    new BigUint64Array([1n]),
    '["$hf:bytes","BigUint64Array","AQAAAAAAAAA="]',
  ],
  ["part of a buffer", new Uint8Array([9, 1, 9]).subarray(1, 2), '["$hf:bytes","Uint8Array","AQ=="]'],
  ["an array that begins like a tag", ["$hf:date", new Date(5)], '["$hf:array","$hf:date",["$hf:date",5]]'],
  ["an array that begins with other text", ["$hf", 1], '["$hf",1]'],
])("results written by one version are read by the next: %s", (_name, value, text) => {
  expect(encodeResult(value)).toBe(text);
  expect(decodeResult(text)).toStrictEqual(value);
});

test("an Error's own members show in a loop as they did, and its name, message and cause do not", () => {
  const error = Object.assign(new RangeError("bad", { cause: "why" }), { code: 7, cancelled: true });
  const back = roundTrip(error) as Error;
  expect(Object.keys(back)).toEqual(["code", "cancelled"]);
  expect([back.name, back.message, back.cause]).toEqual(["RangeError", "bad", "why"]);
  expect("cause" in (roundTrip(new Error("plain")) as Error)).toBe(false);
  expect(() => Object.assign(back, { message: "changed", code: 8 })).not.toThrow();
});

test("bytes of a kind that is not known have no text", () => {
  class OwnBytes extends Uint8Array {}
  expect(encodeResult(new OwnBytes([1]))).toBeUndefined();
});

test("a value in several places is written in each of them", () => {
  const shared = { a: 1 };
  expect(roundTrip([shared, { shared }])).toStrictEqual([{ a: 1 }, { shared: { a: 1 } }]);
});

test("an object without a prototype comes back with the same members", () => {
  expect(roundTrip(Object.assign(Object.create(null), { a: 1 }))).toEqual({ a: 1 });
});

test("what JSON writes exactly is written as JSON writes it", () => {
  const exact = fc.jsonValue().filter((value) => !JSON.stringify(value).includes("$hf:"));
  fc.assert(
    fc.property(exact, (value) => {
      const parsed: unknown = JSON.parse(JSON.stringify(value));
      expect(encodeResult(parsed)).toBe(JSON.stringify(parsed));
    }),
  );
});

test.each<[string, object]>([
  ["an object", Object.defineProperty({ a: 1 }, "toJSON", { value: () => "other" })],
  ["a list", Object.assign([1], { toJSON: () => "other" })],
])("a toJSON that does not show does not speak for %s", (_name, value) => {
  expect(JSON.stringify(roundTrip(value))).toBe(Array.isArray(value) ? "[1]" : '{"a":1}');
});

test("encoding changes nothing in the value", () => {
  const value = { list: [undefined, 1], at: new Date(5), inner: { n: -0, deep: [Number.NaN] } };
  const before = structuredClone(value);
  encodeResult(value);
  expect(value).toStrictEqual(before);
});

test("a member named __proto__ among those that JSON would lose stays a member", () => {
  const value = JSON.parse('{"__proto__": {"x": 1}, "b": 1}');
  value.at = new Date(5);
  Object.defineProperty(value, "__proto__", { value: new Date(6), enumerable: true });
  const back = roundTrip(value) as object;
  expect(Object.keys(back)).toEqual(["__proto__", "b", "at"]);
  expect(Object.getOwnPropertyDescriptor(back, "__proto__")?.value).toEqual(new Date(6));
});

test.each<[string, object]>([
  ["a Set", new Set(Array.from({ length: 200_000 }, (_, n) => n))],
  ["a Map", new Map(Array.from({ length: 200_000 }, (_, n) => [n, n]))],
  ["a list that begins like a tag", ["$hf:", ...Array.from({ length: 200_000 }, (_, n) => n)]],
])("%s may hold more items than a function takes arguments", (_name, value) => {
  expect(encodeResult(value)).toBeDefined();
});
