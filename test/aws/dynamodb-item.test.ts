import fc from "fast-check";
import { expect, test } from "vitest";
import { type DynamoDBItem, itemBytes, jsonBytes, keyText, mostBytes } from "../../src/aws/dynamodb-item.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each<[string, DynamoDBItem, number]>([
  ["names and texts count in UTF-8", { ä: { S: "€" } }, 2 + 3],
  ["a binary counts its raw bytes", { b: { B: bytes("12345") } }, 1 + 5],
  ["a boolean and a null count one byte", { t: { BOOL: true }, n: { NULL: true } }, 4],
  [
    "a list or map counts three, and one for each element",
    { l: { L: [{ S: "ab" }, { S: "c" }] } },
    1 + 3 + 2 + 3,
  ],
  ["a map's names count as well", { m: { M: { k: { S: "v" } } } }, 1 + 3 + 1 + 1 + 1],
  ["sets count their members", { s: { SS: ["ab", "c"] }, b: { BS: [bytes("12")] } }, 1 + 3 + 1 + 2],
  ["a number counts half its digits, and zeros at its ends do not count", { n: { N: "0012300" } }, 1 + 2 + 1],
  ["zero has no digit that counts", { n: { N: "0.00" } }, 1 + 1],
])("%s", (_name, item, expected) => {
  expect(itemBytes(item)).toBe(expected);
});

const value = fc.letrec<{ value: DynamoDBItem[string] }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.string({ unit: "binary" }).map((S) => ({ S })),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => ({ N: String(n) })),
    fc.uint8Array().map((B) => ({ B })),
    fc.boolean().map((BOOL) => ({ BOOL })),
    fc.constant({ NULL: true }),
    fc.array(fc.string(), { minLength: 1 }).map((SS) => ({ SS })),
    fc.array(tie("value"), { maxLength: 3 }).map((L) => ({ L })),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 3 }).map((M) => ({ M })),
  ),
})).value;

test("the size of what is sent is never underestimated", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value, { maxKeys: 5 }), (item) => {
      const sent = JSON.stringify(item, (_name, one: unknown) =>
        one instanceof Uint8Array ? Buffer.from(one).toString("base64") : one,
      );
      expect(jsonBytes(item)).toBeGreaterThanOrEqual(Buffer.byteLength(sent));
    }),
  );
});

test("what the lengths of texts say is never less than the sizes", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "binary" }), value, { maxKeys: 5 }), (item) => {
      expect(mostBytes(item)).toBeGreaterThanOrEqual(Math.max(jsonBytes(item), itemBytes(item)));
    }),
  );
});

test.each([
  ["1", "1.0"],
  ["10", "1e1"],
  ["10e-1", "+1"],
  ["0", "-0.00"],
  ["0.5", ".5"],
  ["-120", "-1.2E2"],
])("the numbers %s and %s are one key", (a, b) => {
  expect(keyText({ id: { N: a } }, ["id"])).toBe(keyText({ id: { N: b } }, ["id"]));
});

test.each([
  ["two numbers", { id: { N: "1" } }, { id: { N: "10" } }],
  ["a number and its negative", { id: { N: "1" } }, { id: { N: "-1" } }],
  ["a number and a text", { id: { N: "1" } }, { id: { S: "1" } }],
  [
    "numbers that only a double confuses",
    { id: { N: "9007199254740993" } },
    { id: { N: "9007199254740992" } },
  ],
])("%s are two keys", (_name, a, b) => {
  expect(keyText(a, ["id"])).not.toBe(keyText(b, ["id"]));
});

test("the parts of a key do not run together", () => {
  const key = ["pk", "sk"];
  expect(keyText({ pk: { S: "a" }, sk: { S: "bc" } }, key)).not.toBe(
    keyText({ pk: { S: "ab" }, sk: { S: "c" } }, key),
  );
});

test("equal binaries are one key, whatever buffer they are in", () => {
  expect(keyText({ id: { B: Buffer.from("xyz") } }, ["id"])).toBe(
    keyText({ id: { B: bytes("xyz") } }, ["id"]),
  );
});

test.each<[string, DynamoDBItem]>([
  ["missing", {}],
  ["inherited", Object.create({ id: { S: "a" } })],
  ["a boolean", { id: { BOOL: true } }],
])("a key attribute that is %s is no key", (_name, item) => {
  expect(keyText(item, ["id"])).toBeUndefined();
});
