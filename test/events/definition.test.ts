import fc from "fast-check";
import { hasCode, InvalidOptionError } from "holdfast";
import { defineEvent, type EventDefinitionOptions, type JsonSchema, type Problem } from "holdfast/events";
import { describe, expect, test } from "vitest";

const orderPlaced = defineEvent({
  source: "order.service",
  type: "OrderPlaced",
  version: 1,
  schema: {
    type: "object",
    additionalProperties: false,
    required: ["orderId", "placedAt", "items"],
    properties: {
      orderId: { type: "string", pattern: "^o-[0-9]+$" },
      placedAt: { type: "string", format: "date-time" },
      items: {
        type: "array",
        items: {
          type: "object",
          required: ["sku"],
          properties: { sku: { type: "string" }, price: { type: "number" } },
        },
      },
    },
  },
});
const right = { orderId: "o-1", placedAt: "2026-02-28T12:00:00Z", items: [{ sku: "a", price: 1 }] };

function withSchema(schema: JsonSchema) {
  return defineEvent({ source: "test", type: "Test", version: 1, schema });
}

async function problemsOf(schema: JsonSchema, value: unknown): Promise<readonly Problem[]> {
  const result = await withSchema(schema).check(value);
  return result.ok ? [] : result.problems;
}

describe("a definition", () => {
  test("accepts what fits and gives it back as JSON", async () => {
    expect(await orderPlaced.check(right)).toEqual({ ok: true, value: right });
  });

  test("names every problem with its path and its rule, not just the first", async () => {
    const wrong = { orderId: 5, items: [{ sku: "a" }, { price: "free" }], extra: true };
    const result = await orderPlaced.check(wrong);
    const found = result.ok ? [] : result.problems.map(({ path, rule }) => `${path} ${rule}`).sort();
    expect(found).toEqual([
      "/extra additionalProperties",
      "/items/1/price type",
      "/items/1/sku required",
      "/orderId type",
      "/placedAt required",
    ]);
  });

  test("never shows the value in a problem", async () => {
    const secret = "4000-0012-3456-7899";
    const wrong = { orderId: secret, placedAt: secret, items: [{ sku: 1, price: secret }, secret] };
    const result = await orderPlaced.check(wrong);
    expect(result.ok).toBe(false);
    expect(JSON.stringify(result)).not.toContain(secret);
  });

  test("escapes names in paths as JSON pointers do", async () => {
    const schema: JsonSchema = {
      type: "object",
      required: ["a/b~c"],
      properties: { "d/e": { type: "string" } },
    };
    const found = await problemsOf(schema, { "d/e": 1 });
    expect(found.map(({ path }) => path).sort()).toEqual(["/a~1b~0c", "/d~1e"]);
  });

  test("refuses a detail that is no object, whatever the schema allows", async () => {
    for (const value of [null, 5, "text", [], undefined, () => 1]) {
      expect(await withSchema(true).check(value), String(value)).toMatchObject({ ok: false });
    }
  });

  test("refuses a detail that uses our reserved member", async () => {
    expect(await problemsOf(true, { _meta: {} })).toEqual([
      { path: "/_meta", rule: "reserved", message: expect.stringContaining("reserved") },
    ]);
  });

  test("cuts paths, for a name in a payload can be as long as the payload", async () => {
    const schema = { type: "object", additionalProperties: false } as const;
    const [only] = await problemsOf(schema, { ["x".repeat(100_000)]: 1 });
    expect(only?.path).toMatch(/^\/x{255}…$/);
  });

  test("gives at most a hundred problems", async () => {
    const schema: JsonSchema = {
      type: "object",
      properties: { list: { type: "array", items: { type: "string" } } },
    };
    expect(await problemsOf(schema, { list: Array(5_000).fill(1) })).toHaveLength(100);
  });

  test("compiles its schema once, also when first checks come together", async () => {
    let reads = 0;
    const schema = {
      type: "object",
      get properties() {
        reads += 1;
        return { a: { type: "string" } } as const;
      },
    } as const;
    const definition = withSchema(schema);
    await definition.check({ a: "x" });
    const once = reads;
    await Promise.all([definition.check({}), definition.check({})]);
    expect(reads).toBe(once);
  });
});

describe("the JSON that will be sent is what is judged", () => {
  const schema: JsonSchema = { type: "object", properties: { at: { type: "string", format: "date-time" } } };

  test("a Date where a string goes is judged as the string it becomes", async () => {
    expect(await withSchema(schema).check({ at: new Date(0) })).toEqual({
      ok: true,
      value: { at: "1970-01-01T00:00:00.000Z" },
    });
  });

  test("a Date where an object goes is refused, for it will be a string", async () => {
    const wrong: JsonSchema = { type: "object", properties: { at: { type: "object" } } };
    expect(await problemsOf(wrong, { at: new Date(0) })).toMatchObject([{ path: "/at", rule: "type" }]);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    "%d is refused, not sent as null",
    async (value) => {
      expect(await problemsOf(true, { a: [{ total: value }] })).toMatchObject([
        { path: "/a/0/total", rule: "finite" },
      ]);
    },
  );

  test("an invalid Date is refused, not sent as null", async () => {
    expect(await problemsOf(true, { at: new Date("never") })).toMatchObject([{ path: "/at", rule: "json" }]);
  });

  test("null itself is data", async () => {
    expect(await withSchema(true).check({ a: null })).toEqual({ ok: true, value: { a: null } });
  });

  test("an undefined member is absent, and missed when required", async () => {
    const required: JsonSchema = { type: "object", required: ["at"] };
    expect(await problemsOf(required, { at: undefined })).toMatchObject([{ path: "/at", rule: "required" }]);
    expect(await withSchema(true).check({ at: undefined })).toEqual({ ok: true, value: {} });
  });

  test("text with half of a surrogate pair is refused with its path: no service takes it", async () => {
    expect(await problemsOf(true, { name: "a\ud800" })).toMatchObject([{ path: "/name", rule: "unicode" }]);
    expect(await problemsOf(true, { list: ["\udc00"] })).toMatchObject([
      { path: "/list/0", rule: "unicode" },
    ]);
    expect(await withSchema(true).check({ name: "\ud83d\ude00" })).toMatchObject({ ok: true });
  });

  test("a BigInt is refused with its path", async () => {
    expect(await problemsOf(true, { cents: 5n })).toMatchObject([{ path: "/cents", rule: "json" }]);
  });

  test("a value that contains itself is refused, not thrown", async () => {
    const loop: Record<string, unknown> = {};
    loop["self"] = loop;
    expect(await problemsOf(true, loop)).toMatchObject([{ path: "", rule: "json" }]);
  });

  test("a toJSON that throws is refused, not thrown", async () => {
    const hostile = {
      a: {
        toJSON() {
          throw new Error("no");
        },
      },
    };
    expect(await problemsOf(true, hostile)).toMatchObject([{ rule: "json" }]);
  });

  test("any value either has a problem or becomes the JSON that JSON.stringify writes", async () => {
    const definition = withSchema(true);
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withDate: true })),
        async (value) => {
          const result = await definition.check(value);
          if (result.ok) expect(result.value).toEqual(JSON.parse(JSON.stringify(value)));
          else expect(result.problems.length).toBeGreaterThan(0);
        },
      ),
    );
  });

  test("JSON itself comes back as it was, every time", async () => {
    const definition = withSchema(true);
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (value) => {
        fc.pre(!Object.hasOwn(value, "_meta"));
        const text = JSON.stringify(value);
        const result = await definition.check(JSON.parse(text));
        expect(result.ok && JSON.stringify(result.value)).toBe(text);
      }),
    );
  });
});

describe("names that every object inherits are data like any other", () => {
  test('required: ["constructor"] is missed on {} (without ownProperties it passes)', async () => {
    const schema: JsonSchema = { type: "object", required: ["constructor"] };
    expect(await problemsOf(schema, {})).toMatchObject([{ path: "/constructor", rule: "required" }]);
    expect(await problemsOf(schema, { constructor: 1 })).toEqual([]);
  });

  test("a property named toString is not checked where it is only inherited", async () => {
    const schema = { type: "object", properties: { toString: { type: "string" } } } as const;
    expect(await problemsOf(schema, {})).toEqual([]);
  });

  test("__proto__ in a detail is an additional member, and stays one", async () => {
    const detail: unknown = JSON.parse('{"__proto__":{"admin":true}}');
    expect(await problemsOf({ type: "object", additionalProperties: false }, detail)).toMatchObject([
      { path: "/__proto__", rule: "additionalProperties" },
    ]);
    const open = await withSchema(true).check(detail);
    expect(JSON.stringify(open.ok && open.value)).toBe('{"__proto__":{"admin":true}}');
  });
});

describe("a hostile detail", () => {
  test("over a megabyte is refused before a pattern runs", async () => {
    const schema: JsonSchema = { type: "object", properties: { a: { type: "string", pattern: "^b" } } };
    const found = await problemsOf(schema, { a: "é".repeat(500_000) });
    expect(found).toMatchObject([{ path: "", rule: "maxBytes" }]);
  });

  test("nested deeper than EventBridge takes is refused", async () => {
    const nested = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`);
    expect(await problemsOf(true, nested(999))).toEqual([]);
    expect(await problemsOf(true, nested(1_000))).toMatchObject([{ path: "", rule: "maxDepth" }]);
    expect(await problemsOf(true, nested(100_000))).toMatchObject([{ path: "" }]);
  });

  test("brackets inside strings do not count as depth", async () => {
    expect(await problemsOf(true, { a: '["\\'.repeat(5_000) })).toEqual([]);
  });
});

describe("a wrong definition is refused where it is written", () => {
  const base = { source: "a", type: "b", version: 1, schema: true } as const;

  test.each<[string, EventDefinitionOptions<JsonSchema>, string]>([
    ["an empty source", { ...base, source: "" }, "source"],
    ["a source of AWS's", { ...base, source: "aws.s3" }, "aws."],
    ["a type that is too long", { ...base, type: "x".repeat(129) }, "type"],
    ["a version that does not count", { ...base, version: 1.5 }, "version"],
    [
      "a draft that is not known",
      { ...base, schema: { $schema: "http://json-schema.org/draft-04/schema#" } },
      "draft-07",
    ],
    ["an asynchronous schema, which would pass everything", { ...base, schema: { $async: true } }, "$async"],
    [
      "a member that ajv never checks",
      { ...base, schema: { properties: JSON.parse('{"__proto__":true}') } },
      "__proto__",
    ],
  ])("%s", (_, options, says) => {
    expect(() => defineEvent(options)).toThrow(InvalidOptionError);
    expect(() => defineEvent(options)).toThrow(says);
  });

  test.each<[string, JsonSchema]>([
    ["by its URL", { $ref: "https://example.com/schema.json" }],
    [
      "relative to the schema's own",
      { $id: "https://example.com/a.json", properties: { a: { $ref: "b.json" } } },
    ],
    ["relative, without one", { properties: { a: { $ref: "b.json#/$defs/b" } } }],
    ["by $dynamicRef", { $dynamicRef: "https://example.com/schema.json#a" }],
    ["in a definition that nothing uses", { $defs: { a: { items: { $ref: "file:///etc/schema.json" } } } }],
  ])("a reference to another document, which is never fetched: %s", (_, schema) => {
    expect(() => withSchema(schema)).toThrow(InvalidOptionError);
    expect(() => withSchema(schema)).toThrow("none is ever fetched");
  });

  test("but not a reference that stays inside, or leads to the draft itself, or is data", async () => {
    const schema: JsonSchema = {
      $id: "https://example.com/order.json",
      type: "object",
      properties: {
        one: { $ref: "item.json" },
        two: { $ref: "https://example.com/order.json#/$defs/two" },
        meta: { $ref: "https://json-schema.org/draft/2020-12/schema" },
        $ref: { const: { $ref: "https://example.com/no-reference.json" } },
      },
      $defs: { item: { $id: "item.json", type: "string" }, two: { type: "integer" } },
    };
    const right = {
      one: "a",
      two: 2,
      meta: { type: "string" },
      $ref: { $ref: "https://example.com/no-reference.json" },
    };
    expect(await problemsOf(schema, right)).toEqual([]);
    expect(await problemsOf(schema, { one: 1, two: "2", meta: { type: "strng" } })).toMatchObject([
      { path: "/one", rule: "type" },
      { path: "/two", rule: "type" },
      { path: "/meta/type" },
      { path: "/meta/type" },
      { path: "/meta/type" },
    ]);
  });

  test("an $id that would end a comment in the code that ajv makes", () => {
    expect(() => withSchema({ $id: "https://example.com/*/alert" })).toThrow('"*/"');
  });

  test("a schema that contains itself", () => {
    const loop: Record<string, unknown> = {};
    loop["not"] = loop;
    expect(() => withSchema(loop)).toThrow("contains itself");
  });

  test.each<[string, JsonSchema, string]>([
    ["a keyword that does not exist", { type: "object", propertys: {} }, "propertys"],
    [
      "a format that does not exist",
      { type: "object", properties: { a: { type: "string", format: "phone" } } },
      "phone",
    ],
    [
      "a pattern that is none",
      { type: "object", properties: { a: { type: "string", pattern: "(" } } },
      "regular expression",
    ],
  ])("%s, at the first check", async (_, schema, says) => {
    const failure: unknown = await withSchema(schema)
      .check({})
      .catch((error: unknown) => error);
    expect(hasCode(failure, "INVALID_OPTION")).toBe(true);
    expect(String(failure)).toContain(says);
    expect(String(failure)).toContain("defineEvent(test, Test)");
  });
});

test.each([
  [
    "draft-07",
    "http://json-schema.org/draft-07/schema#",
    { definitions: { id: { type: "string" } }, $ref: "#/definitions/id" },
  ],
  [
    "2019-09",
    "https://json-schema.org/draft/2019-09/schema",
    { $defs: { id: { type: "string" } }, $ref: "#/$defs/id" },
  ],
  [
    "2020-12",
    "https://json-schema.org/draft/2020-12/schema",
    { $defs: { id: { type: "string" } }, $ref: "#/$defs/id" },
  ],
])("speaks %s", async (_, $schema, { $ref, ...defs }) => {
  const schema: JsonSchema = { $schema, ...defs, type: "object", properties: { id: { $ref } } };
  expect(await problemsOf(schema, { id: "a" })).toEqual([]);
  expect(await problemsOf(schema, { id: 1 })).toMatchObject([{ path: "/id", rule: "type" }]);
});

test("a member that another one requires is named in the path", async () => {
  const schema: JsonSchema = { type: "object", dependentRequired: { card: ["billing"] } };
  expect(await problemsOf(schema, { card: 1 })).toMatchObject([
    { path: "/billing", rule: "dependentRequired" },
  ]);
});
