import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeResult, encodeResult } from "../../src/idempotency/codec.ts";

function roundTrip(value: unknown): unknown {
  const text = encodeResult(value);
  if (text === undefined) throw new Error("it was not encoded");
  return decodeResult(text);
}

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
])("%s has no text, and says so without throwing", (_name, value) => {
  expect(encodeResult({ value })).toBeUndefined();
});

test("two replays share nothing", () => {
  const text = encodeResult({ list: [1] }) as string;
  expect(decodeResult(text)).not.toBe(decodeResult(text));
});
