import fc from "fast-check";
import { recordId } from "holdfast/idempotency/admin";
import { expect, test } from "vitest";
import { hintFor, idFrom } from "../../../src/cli/idempotency/which-record.ts";

const post = { operation: "post" };

test("a key in JSON is that key, whatever it is", () => {
  const key = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.maxSafeInteger(),
    fc.dictionary(fc.string(), fc.string({ minLength: 1 }), { minKeys: 1 }),
  );
  fc.assert(
    fc.property(key, (key) => {
      expect(idFrom({ ...post, key: JSON.stringify(key) })).toBe(recordId({ ...post, key }));
    }),
  );
});

test.each([
  ["order-1", "order-1"],
  ["42", 42],
  ['"42"', "42"],
  ["12345678901234567890", "12345678901234567890"],
  ['{"line":2,"order":"o"}', { order: "o", line: 2 }],
] as const)("--key %s is the key %j", (text, key) => {
  expect(idFrom({ ...post, key: text })).toBe(recordId({ ...post, key }));
});

test("a tenant is part of the record's identity, a text or a number", () => {
  expect(idFrom({ ...post, key: "k", tenant: "acme" })).toBe(recordId({ ...post, key: "k", tenant: "acme" }));
  expect(idFrom({ ...post, key: "k", tenant: "7" })).toBe(recordId({ ...post, key: "k", tenant: 7 }));
});

test.each([
  [{}, /Which record/],
  [{ operation: "post" }, /Which record/],
  [{ key: "k" }, /Which record/],
  [{ id: "post#k", key: "k" }, /not both/],
  [{ id: "post#k", tenant: "" }, /not both/],
  [{ id: "post" }, /an operation and a hash/],
  [{ ...post, key: "" }, /the key is missing/],
  [{ ...post, key: "true" }, /a text, a number or an object/],
  [{ ...post, key: "[1]" }, /a text, a number or an object/],
  [{ ...post, key: "null" }, /a text, a number or an object/],
  [{ ...post, key: '{"a":null}' }, /part "a" is missing/],
  [{ ...post, key: "k", tenant: "{}" }, /--tenant is a text or a number/],
] as const)("%j names no record, and it is said why", (options, why) => {
  expect(() => idFrom(options)).toThrow(why);
});

test("who finds nothing under a number is told how to write a text", () => {
  expect(hintFor({ ...post, key: "42" })).toContain(`write it as '"42"'`);
  expect(hintFor({ ...post, key: "k" })).not.toContain("write it as");
});
