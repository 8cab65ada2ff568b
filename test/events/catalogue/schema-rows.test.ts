import { expect, test } from "vitest";
import { catalogued } from "../../../src/events/catalogue/catalogued-event.ts";
import { catalogueMarkdown } from "../../../src/events/catalogue/markdown.ts";
import { schemaRows } from "../../../src/events/catalogue/schema-rows.ts";

/** Each row on a line: path, type, whether it is required, constraints. */
function rows(schema: unknown): readonly string[] {
  return schemaRows(schema).map(({ path, type, isRequired, constraints }) =>
    [path, type, isRequired ? "required" : "", constraints.join("; ")]
      .filter((cell) => cell !== "")
      .join(" | "),
  );
}

test("a row a place, from the outside in, with names as a JSON pointer has them", () => {
  expect(
    rows({
      type: "object",
      properties: {
        "a/b": { type: ["string", "null"], minLength: 1, maxLength: 9 },
        list: {
          type: "array",
          uniqueItems: true,
          items: { type: "integer", minimum: 0, exclusiveMaximum: 9, multipleOf: 3 },
        },
        pair: { prefixItems: [{ const: "a" }, { type: "number" }], items: false },
        secret: { enum: ["x", 1, null], "x-sensitive": true, deprecated: true },
      },
      required: ["list"],
      patternProperties: { "^x-": { type: "boolean" } },
      additionalProperties: { type: "string", format: "date" },
    }),
  ).toEqual([
    "/a~1b | string or null | ≥ 1 characters; ≤ 9 characters",
    "/list | array | required | no item twice",
    "/list/* | integer | ≥ 0; < 9; a multiple of 3",
    "/pair | any",
    '/pair/0 | string | = "a"',
    "/pair/1 | number",
    '/secret | string or number or null | one of "x", 1, null; sensitive; deprecated',
    "/(^x-) | boolean",
    "/* | string | date",
  ]);
});

test("what a reference and an allOf say stands where they stand", () => {
  const schema = {
    $defs: { money: { type: "object", properties: { cents: { type: "integer" } }, required: ["cents"] } },
    properties: {
      total: { allOf: [{ $ref: "#/$defs/money" }, { properties: { currency: { type: "string" } } }] },
    },
  };
  expect(rows(schema)).toEqual([
    "/total | object",
    "/total/cents | integer | required",
    "/total/currency | string",
  ]);
});

test("each form of a union has its rows, behind its number", () => {
  const form = (kind: string, more: object): object => ({
    type: "object",
    properties: { kind: { const: kind }, ...more },
    required: ["kind"],
  });
  expect(
    rows({ properties: { by: { oneOf: [form("card", { last4: { type: "string" } }), form("cash", {})] } } }),
  ).toEqual([
    "/by | object | exactly one of 2 forms",
    '/by[1]/kind | string | required | = "card"',
    "/by[1]/last4 | string",
    '/by[2]/kind | string | required | = "cash"',
  ]);
});

test("a schema that stands in itself is written once", () => {
  const node = { type: "object", properties: { next: { $ref: "#/$defs/node" } } };
  expect(rows({ $defs: { node }, properties: { first: { $ref: "#/$defs/node" } } })).toEqual([
    "/first | object",
    "/first/next | object | as above, again",
  ]);
});

test("what is not put into words is named", () => {
  expect(rows({ properties: { a: { not: { type: "string" }, contains: {} } } })).toEqual([
    "/a | any | more: not, contains",
  ]);
});

test("text of a schema stays text on the page", () => {
  const event = {
    source: "a.service",
    type: "A*b_[x]",
    version: 1,
    schema: { description: "<b> | `x`\n# no heading", properties: { "p|`q": { description: "a\n| b" } } },
  };
  const page = catalogueMarkdown([catalogued(event, {})]);
  expect(page).toContain("| [a.service A\\*b\\_\\[x\\] 1](#aservice-ab_x-1) | a.service | none known |");
  expect(page).toContain("\n\\<b\\> \\| \\`x\\` # no heading\n");
  expect(page).toContain("| `` /p\\|`q `` | any |  |  | a \\| b |");
});

test("of a schema of another kind the page says no more", () => {
  const event = { source: "a.service", type: "A", version: 1, schema: undefined };
  expect(catalogueMarkdown([catalogued(event, {})])).toContain("Its schema is no JSON Schema");
});
