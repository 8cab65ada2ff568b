import fc from "fast-check";
import { defineEvent, type JsonSchema, type Problem } from "holdfast/events";
import { expect, test } from "vitest";

async function problemsOf(schema: JsonSchema, value: unknown): Promise<readonly Problem[]> {
  const result = await defineEvent({ source: "test", type: "Test", version: 1, schema }).check(value);
  return result.ok ? [] : result.problems;
}

const hidden = "is refused, and marked as sensitive";

test("of a part that is marked, a problem tells the rule, and neither what is below nor the rule's own value", async () => {
  const schema: JsonSchema = {
    type: "object",
    properties: {
      pin: { type: "string", pattern: "^[0-9]{4}$", "x-sensitive": true },
      contacts: {
        type: "object",
        "x-sensitive": true,
        additionalProperties: { type: "string" },
        propertyNames: { pattern: "@" },
      },
      total: { type: "number", maximum: 100 },
    },
  };
  const value = { pin: "12a4", contacts: { "ada@example.com": 1, ada: "x" }, total: 1_000 };
  expect(await problemsOf(schema, value)).toEqual([
    { path: "/pin", rule: "pattern", message: hidden },
    { path: "/contacts", rule: "pattern", message: hidden },
    { path: "/contacts", rule: "propertyNames", message: hidden },
    { path: "/contacts", rule: "type", message: hidden },
    { path: "/total", rule: "maximum", message: "must be <= 100" },
  ]);
});

test.each<[string, JsonSchema, unknown, string]>([
  [
    "by a reference",
    { properties: { a: { $ref: "#/$defs/s" } }, $defs: { s: { type: "string", "x-sensitive": true } } },
    { a: 1 },
    "/a",
  ],
  [
    "by a reference beside which it stands",
    { properties: { a: { $ref: "#/$defs/s", "x-sensitive": true } }, $defs: { s: { type: "string" } } },
    { a: 1 },
    "/a",
  ],
  [
    "by an anchor",
    {
      properties: { a: { $ref: "#s" } },
      $defs: { s: { $anchor: "s", type: "string", "x-sensitive": true } },
    },
    { a: 1 },
    "/a",
  ],
  [
    "in another alternative than the one that refuses",
    {
      properties: {
        a: {
          anyOf: [
            { type: "object", additionalProperties: { type: "string" } },
            { type: "string", "x-sensitive": true },
          ],
        },
      },
    },
    { a: { "4000": 1 } },
    "/a",
  ],
  [
    "in each item",
    {
      properties: {
        a: {
          type: "array",
          items: { type: "object", properties: { b: { type: "string", "x-sensitive": true } } },
        },
      },
    },
    { a: [{}, { b: 1 }] },
    "/a/1/b",
  ],
  [
    "below a pattern's names",
    { patternProperties: { "^s": { type: "object", "x-sensitive": true, additionalProperties: false } } },
    { s1: { "4000": 1 } },
    "/s1",
  ],
  ["at the top", { "x-sensitive": true, additionalProperties: false }, { "4000": 1 }, ""],
  [
    "in a schema that refers to itself",
    { properties: { next: { $ref: "#" }, pin: { type: "string", "x-sensitive": true } } },
    { next: { next: { pin: 4000 } } },
    "/next/next/pin",
  ],
])("it is found %s", async (_, schema, value, path) => {
  const problems = await problemsOf({ type: "object", ...(schema as object) }, value);
  const marked = problems.filter(({ message }) => message === hidden);
  expect(marked.length).toBeGreaterThan(0);
  expect(marked.every((one) => one.path === path)).toBe(true);
  expect(JSON.stringify(problems)).not.toContain("4000");
});

test("a mark that says neither true nor false is refused", () => {
  const schema: JsonSchema = { type: "object", properties: { a: { type: "string", "x-sensitive": "yes" } } };
  expect(() => defineEvent({ source: "test", type: "Test", version: 1, schema })).toThrow("x-sensitive");
});

test("a name of a member that is the keyword's is no mark", async () => {
  const schema: JsonSchema = { type: "object", properties: { "x-sensitive": { type: "string" } } };
  expect(await problemsOf(schema, { "x-sensitive": 1 })).toEqual([
    { path: "/x-sensitive", rule: "type", message: "must be string" },
  ]);
});

test("whatever is wrong, no problem holds a value", async () => {
  const schema: JsonSchema = {
    type: "object",
    required: ["a", "b"],
    properties: {
      a: { type: "string", pattern: "^[a-z]+$", maxLength: 3 },
      b: {
        type: "array",
        uniqueItems: true,
        contains: { const: 1 },
        items: { type: ["number", "boolean"], multipleOf: 2 },
      },
      c: { enum: ["x", { y: 1 }] },
      d: {
        oneOf: [{ type: "string", format: "email" }, { type: "null" }, { type: "object", minProperties: 2 }],
      },
    },
    dependentRequired: { c: ["d"] },
    if: { properties: { a: { const: "abc" } } },
    // biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema
    then: { properties: { c: false } },
  };
  const secret = fc.constantFrom("5eCrEt-ABC", 5377377377, true, null, ["5eCrEt-1", "5eCrEt-1"], {
    y: "5eCrEt-2",
  });
  await fc.assert(
    fc.asyncProperty(
      fc.record({ a: secret, b: secret, c: secret, d: secret }, { requiredKeys: [] }),
      async (value) => {
        expect(JSON.stringify(await problemsOf(schema, value))).not.toMatch(/5eCrEt|5377/);
      },
    ),
    { numRuns: 60 },
  );
});
