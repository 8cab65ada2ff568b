/** Values and schemas that are made to take long. Where something is bounded, no figure is asserted: without the bound the test would not end. */
import { defineEvent, type JsonSchema, type Problem } from "holdfast/events";
import { describe, expect, test, vi } from "vitest";

vi.setConfig({ testTimeout: 60_000 });

async function problemsOf(schema: JsonSchema, value: unknown, limits = {}): Promise<readonly Problem[]> {
  const event = defineEvent({ source: "test", type: "Hostile", version: 1, schema, limits });
  const result = await event.check(value);
  return result.ok ? [] : result.problems;
}

const MEGABYTE = 999_000;

describe("a detail of a megabyte", () => {
  test("under a pattern that RegExp takes for ever for", async () => {
    const schema: JsonSchema = { type: "object", properties: { a: { type: "string", pattern: "^(a+)+$" } } };
    expect(await problemsOf(schema, { a: `${"a".repeat(MEGABYTE)}!` })).toMatchObject([
      { path: "/a", rule: "pattern" },
    ]);
    expect(await problemsOf(schema, { a: "a".repeat(MEGABYTE) })).toEqual([]);
  });

  test("whose members' names are matched with such patterns", async () => {
    const schema: JsonSchema = {
      type: "object",
      patternProperties: { "^(a+)+$": { type: "string" } },
      propertyNames: { pattern: "^(a|aa)+!$" },
    };
    const name = "a".repeat(MEGABYTE);
    expect(await problemsOf(schema, { [name]: 1 })).toMatchObject([
      { rule: "pattern" },
      { rule: "propertyNames" },
      { rule: "type" },
    ]);
  });

  test("of items that are to be unique", async () => {
    const schema: JsonSchema = { type: "object", properties: { list: { type: "array", uniqueItems: true } } };
    const list = Array.from({ length: 60_000 }, (_, n) => ({ n }));
    expect(await problemsOf(schema, { list }, { maxValues: 1_000_000 })).toEqual([]);
    expect(await problemsOf(schema, { list: [...list, { n: 7 }] }, { maxValues: 1_000_000 })).toMatchObject([
      { path: "/list", rule: "uniqueItems" },
    ]);
  });

  test("of which everything is wrong, through a reference", async () => {
    const schema: JsonSchema = {
      type: "object",
      properties: { list: { type: "array", items: { $ref: "#/$defs/item" } } },
      $defs: { item: { type: "object", properties: { inner: { $ref: "#/$defs/item" } } } },
    };
    const list = Array.from({ length: 450_000 }, () => 1);
    expect(await problemsOf(schema, { list }, { maxValues: 1_000_000 })).toHaveLength(100);
  });

  test("of more values than are looked at", async () => {
    const schema: JsonSchema = { type: "object", properties: { list: { type: "array" } } };
    const wide = { list: Array.from({ length: 200_000 }, () => "b") };
    expect(await problemsOf(schema, wide)).toMatchObject([{ path: "", rule: "maxValues" }]);
    expect(await problemsOf(schema, { list: Array.from({ length: 99_998 }, () => "a") })).toEqual([]);
    expect(await problemsOf(schema, { list: Array.from({ length: 99_999 }, () => "a") })).toMatchObject([
      { rule: "maxValues" },
    ]);
  });
});

describe("a schema that refers to itself", () => {
  test("from two branches: each level of a value would double the time", async () => {
    const schema: JsonSchema = {
      type: "object",
      anyOf: [{ $ref: "#/$defs/tree" }, { required: ["leaf"] }],
      $defs: {
        tree: {
          type: "object",
          anyOf: [
            { required: ["next", "a"], properties: { next: { $ref: "#/$defs/tree" } } },
            { required: ["next", "b"], properties: { next: { $ref: "#/$defs/tree" } } },
          ],
        },
      },
    };
    let chain: unknown = 1;
    for (let level = 0; level < 200; level += 1) chain = { next: chain, a: 1, b: 1 };
    expect(await problemsOf(schema, chain)).toEqual([
      { path: "", rule: "steps", message: "takes too long to be checked" },
    ]);
  });

  test("is followed as deep as values may be", async () => {
    const schema: JsonSchema = { type: "object", properties: { a: { $ref: "#" } } };
    const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`);
    expect(await problemsOf(schema, nested(999))).toMatchObject([{ rule: "type" }]);
    expect(await problemsOf(schema, nested(20), { maxDepth: 10 })).toMatchObject([{ rule: "maxDepth" }]);
  });

  test("for the same value, without an end, is refused", async () => {
    await expect(problemsOf({ allOf: [{ $ref: "#" }] }, {})).resolves.toMatchObject([{ rule: "depth" }]);
  });
});

test("names that objects inherit cannot be used to make comparisons fail or throw", async () => {
  const schema: JsonSchema = {
    type: "object",
    properties: {
      same: { const: { constructor: { a: 1 }, valueOf: 1 } },
      list: { type: "array", uniqueItems: true, items: { type: "string" } },
    },
  };
  expect(await problemsOf(schema, { same: { valueOf: 1, constructor: { a: 1 } } })).toEqual([]);
  expect(await problemsOf(schema, { same: { valueOf: 2, constructor: { a: 1 } } })).toMatchObject([
    { rule: "const" },
  ]);
  expect(await problemsOf(schema, { list: ["__proto__", "__proto__"] })).toMatchObject([
    { rule: "uniqueItems" },
  ]);
});

describe("a pattern", () => {
  const withPattern = (pattern: string): JsonSchema => ({
    type: "object",
    properties: { a: { type: "string", pattern } },
  });

  test("for which no bound is known is refused at the first check, with what to do", async () => {
    await expect(problemsOf(withPattern("^(.)\\1$"), { a: "aa" })).rejects.toThrow(
      /defineEvent\(test, Hostile\).*back reference.*Write it in another way/,
    );
  });

  test("that only short strings are matched with refuses longer ones, by its rule", async () => {
    const [only] = await problemsOf(withPattern("^(?!x).*a.*b$"), { a: "a".repeat(5_000) });
    expect(only).toMatchObject({ rule: "pattern", message: expect.stringContaining("3162") });
  });
});

test("definitions with one $id beside each other are two schemas", async () => {
  const $id = "https://example.com/same.json";
  expect(await problemsOf({ $id, type: "object", required: ["a"] }, { b: 1 })).toHaveLength(1);
  expect(await problemsOf({ $id, type: "object", required: ["b"] }, { b: 1 })).toEqual([]);
});

test("one $id twice in a schema is refused", async () => {
  const schema: JsonSchema = {
    properties: { a: { $id: "x", type: "string" }, b: { $id: "x", type: "number" } },
  };
  await expect(problemsOf(schema, {})).rejects.toMatchObject({ code: "INVALID_OPTION" });
});

test("a message is no longer than it need be, however long the schema's pattern is", async () => {
  const pattern = `^${"(?:abc|def)".repeat(400)}$`;
  const [only] = await problemsOf(
    { type: "object", properties: { a: { type: "string", pattern } } },
    { a: "x" },
  );
  expect(only?.message.length).toBeLessThan(300);
});
