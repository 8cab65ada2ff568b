import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import fc from "fast-check";
import { formats } from "../../../src/events/formats.ts";

const ajv = new Ajv2020({
  strict: false,
  ownProperties: true,
  logger: false,
  validateSchema: false,
  formats: { ...formats },
});

/** The judge: not the code under test. Options as the package's own, but for what a schema written at random cannot meet. */
export function ajvOf(schema: unknown): ValidateFunction {
  const valid = ajv.compile(schema as object);
  // Or it would keep them all.
  if (typeof schema !== "boolean") ajv.removeSchema(schema as object);
  return valid;
}

export function when(condition: unknown, then: unknown, otherwise?: unknown): object {
  return said({ if: condition, then, else: otherwise });
}

const NAMES = ["a", "b", "kind"];
export const names: fc.Arbitrary<string> = fc.constantFrom(...NAMES);
const small: fc.Arbitrary<number> = fc.integer({ min: -2, max: 4 });
const size: fc.Arbitrary<number> = fc.integer({ min: 0, max: 3 });
export const leaves: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  null,
  true,
  false,
  0,
  1,
  2,
  -1,
  1.5,
  0.5,
  3,
  "",
  "x",
  "xx",
  "A",
  "A1",
  "xxx",
  "2026-01-01",
);

/** Values as like to what the schemas below accept as chance allows. */
export const values: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    leaves,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES, "other", "x1"), tie("value"), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).value;

const optional = <T>(arbitrary: fc.Arbitrary<T>, weight = 1): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: weight });

/** A schema without the keywords that are undefined. */
export function said(keywords: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(keywords).filter(([, value]) => value !== undefined));
}

const numberSchema = fc
  .record({
    type: fc.constantFrom("number", "integer"),
    minimum: optional(small),
    maximum: optional(small),
    exclusiveMinimum: optional(small),
    exclusiveMaximum: optional(small),
    multipleOf: optional(fc.constantFrom(1, 2, 3, 0.5)),
  })
  .map(said);
const textSchema = fc
  .record({
    type: fc.constant("string"),
    minLength: optional(size),
    maxLength: optional(size),
    pattern: optional(fc.constantFrom("^x", "^[A-Z]", "x$")),
    format: optional(fc.constantFrom("date")),
  })
  .map(said);
const valueSchema = fc.oneof(
  fc.record({ const: leaves }),
  fc.record({ enum: fc.uniqueArray(leaves, { minLength: 1, maxLength: 3, comparator: "SameValueZero" }) }),
  fc.record({ type: fc.constantFrom("null", "boolean", "string", "number", "integer", "array", "object") }),
  fc.record({
    type: fc.uniqueArray(fc.constantFrom("null", "boolean", "string", "number"), { minLength: 1 }),
  }),
);

/** Schemas of many keywords in no order that a person would write. */
export const anySchemas: fc.Arbitrary<unknown> = schemasOf([]);

/** Two of them that refer to a schema of their document, which may refer to itself, and is not the same in both. */
export const referringPairs: fc.Arbitrary<readonly [object, object]> = fc
  .record({
    root: schemasOf([{ $ref: "#/$defs/x" }]),
    x: schemasOf([{ $ref: "#/$defs/x" }, { $ref: "#" }]),
    other: anySchemas,
    at: fc.nat(200),
    isSwapped: fc.boolean(),
  })
  .map(({ root, x, other, at, isSwapped }) => {
    const documents = [x, edited(x, other, at)].map((one) => ({ $defs: { x: one }, allOf: [root] }));
    const [writer = {}, reader = {}] = isSwapped ? documents.reverse() : documents;
    return [writer, reader];
  });

function schemasOf(references: readonly object[]): fc.Arbitrary<unknown> {
  return fc.letrec<{ schema: unknown }>((tie) => {
    const schema = tie("schema");
    const members = fc.array(schema, { minLength: 1, maxLength: 2 });
    const objects = fc
      .record({
        type: optional(fc.constant("object"), 3),
        properties: optional(fc.dictionary(names, schema, { maxKeys: 2, noNullPrototype: true }), 3),
        required: optional(fc.uniqueArray(names, { maxLength: 2 })),
        additionalProperties: optional(fc.oneof(fc.constant(false), schema)),
        patternProperties: optional(
          fc.dictionary(fc.constantFrom("^x", "^[a-k]"), schema, { maxKeys: 1, noNullPrototype: true }),
        ),
        unevaluatedProperties: optional(fc.oneof(fc.constant(false), schema), 3),
        allOf: optional(members, 3),
        propertyNames: optional(
          fc.constantFrom({ pattern: "^[a-k]" }, { enum: ["a", "b"] }, { maxLength: 2 }),
        ),
        minProperties: optional(size),
        maxProperties: optional(size),
        dependentRequired: optional(
          fc.dictionary(names, fc.uniqueArray(names, { maxLength: 2 }), {
            maxKeys: 1,
            noNullPrototype: true,
          }),
        ),
        dependentSchemas: optional(fc.dictionary(names, schema, { maxKeys: 1, noNullPrototype: true })),
      })
      .map(said);
    const lists = fc
      .record({
        type: optional(fc.constant("array"), 3),
        items: optional(schema, 3),
        prefixItems: optional(members),
        minItems: optional(size),
        maxItems: optional(size),
        uniqueItems: optional(fc.boolean()),
        contains: optional(schema),
        minContains: optional(size),
        maxContains: optional(size),
      })
      .map(said)
      .map((one) =>
        "contains" in one ? one : said({ ...one, minContains: undefined, maxContains: undefined }),
      );
    const combined = fc.oneof(
      fc.record({ anyOf: members }),
      fc.record({ oneOf: members }),
      fc.record({ allOf: members }),
      fc.record({ not: schema }),
      fc.tuple(schema, schema, schema).map(([one, two, three]) => when(one, two, three)),
      fc.record({ type: fc.constantFrom("object", "string", "number"), anyOf: members }),
    );
    const simple = fc.oneof(
      numberSchema,
      textSchema,
      valueSchema,
      fc.boolean(),
      ...references.map((one) => fc.constant(one)),
    );
    return {
      schema: fc.oneof({ maxDepth: 3, depthSize: "small" }, simple, objects, lists, combined),
    };
  }).schema;
}

/** Schemas as most are: types, ranges, lengths, lists of values, objects and lists of them. */
export const plainSchemas: fc.Arbitrary<unknown> = fc.letrec<{ schema: unknown }>((tie) => {
  const schema = tie("schema");
  const objects = fc
    .record({
      type: fc.constant("object"),
      properties: fc.dictionary(names, schema, { maxKeys: 3, noNullPrototype: true }),
      required: optional(fc.uniqueArray(names, { maxLength: 2 })),
      additionalProperties: optional(fc.oneof(fc.boolean(), schema)),
    })
    .map(said);
  const lists = fc
    .record({
      type: fc.constant("array"),
      items: optional(schema, 3),
      minItems: optional(size),
      maxItems: optional(size),
    })
    .map(said);
  const numbers = fc
    .record({
      type: fc.constantFrom("number", "integer"),
      minimum: optional(small),
      maximum: optional(small),
    })
    .map(said);
  const texts = fc
    .record({ type: fc.constant("string"), minLength: optional(size), maxLength: optional(size) })
    .map(said);
  return {
    schema: fc.oneof({ maxDepth: 3, depthSize: "small" }, numbers, texts, valueSchema, objects, lists),
  };
}).schema;

/** A change of one place: what schemas are compared for. Deletes, adds or exchanges a keyword somewhere. */
export function edited(schema: unknown, other: unknown, at: number): unknown {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return other;
  const keywords = Object.keys(schema);
  const keyword = keywords[at % (keywords.length + 1)];
  const rest = schema as Readonly<Record<string, unknown>>;
  if (keyword === undefined) return typeof other === "object" ? { ...other, ...rest } : schema;
  const deeper = Math.floor(at / (keywords.length + 1));
  const value = rest[keyword];
  if (deeper % 3 === 0) return Object.fromEntries(Object.entries(rest).filter(([name]) => name !== keyword));
  if (keyword === "properties" && typeof value === "object" && value !== null) {
    const [name = "a"] = Object.keys(value);
    const inner = (value as Readonly<Record<string, unknown>>)[name];
    return { ...rest, properties: { ...value, [name]: edited(inner ?? true, other, deeper) } };
  }
  if (keyword === "items") return { ...rest, items: edited(value, other, deeper) };
  if (typeof value === "number")
    return { ...rest, [keyword]: Math.max(0, value + (deeper % 2 === 0 ? 1 : -1)) };
  return { ...rest, ...(typeof other === "object" ? other : {}) };
}
