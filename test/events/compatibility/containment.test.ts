import { describe, expect, test } from "vitest";
import { containment } from "../../../src/events/compatibility/containment.ts";
import { when } from "./schemas.ts";

const text = { type: "string" };
const number = { type: "number" };
const integer = { type: "integer" };

function object(properties: object, more: object = {}): object {
  return { type: "object", properties, ...more };
}

/** Where it fails: "path keyword", and "?" behind what could not be told. */
function findings(writer: unknown, reader: unknown, strict = false): readonly string[] {
  return containment(writer, reader, { strict }).map(
    ({ path, keyword, proof }) => `${path} ${keyword}${proof === undefined ? "?" : ""}`,
  );
}

describe("a schema is contained in", () => {
  test.each<[string, unknown, unknown]>([
    ["itself, whatever it says", { not: { $dynamicRef: "#x" } }, { not: { $dynamicRef: "#x" } }],
    [
      "the same in another order, with other annotations",
      object({ a: text }, { title: "A" }),
      { properties: { a: text }, type: "object" },
    ],
    [
      "the same under another reference",
      { $defs: { t: text }, ...object({ a: { $ref: "#/$defs/t" } }) },
      { definitions: { s: text }, ...object({ a: { $ref: "#/definitions/s" } }) },
    ],
    ["one of more types", { type: ["string", "null"] }, { type: ["null", "number", "string"] }],
    ["numbers, when it is of integers", integer, number],
    ["multiples of one, when it is of integers", integer, { type: "number", multipleOf: 1 }],
    ["multiples of a divisor", { type: "integer", multipleOf: 6 }, { type: "integer", multipleOf: 3 }],
    [
      "a wider range",
      { type: "number", minimum: 1, exclusiveMaximum: 5 },
      { type: "number", exclusiveMinimum: 0, maximum: 5 },
    ],
    [
      "a range of integers without its ends",
      { type: "integer", minimum: 1 },
      { type: "integer", exclusiveMinimum: 0 },
    ],
    ["more values", { enum: ["a", 1] }, { enum: [1.0, "b", "a"] }],
    [
      "what allows each of its values",
      { enum: ["ab", "cd"] },
      { type: "string", minLength: 2, pattern: "^[a-d]+$" },
    ],
    ["a list of both booleans", { type: "boolean" }, { enum: [true, false] }],
    [
      "a list of all that a short range holds",
      { type: "integer", minimum: 1, maximum: 3 },
      { enum: [1, 2, 3] },
    ],
    [
      "what allows longer texts",
      { type: "string", minLength: 2, maxLength: 4 },
      { type: "string", maxLength: 5 },
    ],
    [
      "less: the same pattern and format, and more",
      { type: "string", pattern: "^a", format: "date", maxLength: 9 },
      { type: "string", pattern: "^a", format: "date" },
    ],
    [
      "what requires less",
      object({ a: text }, { required: ["a", "b"] }),
      object({ a: text }, { required: ["b"] }),
    ],
    [
      "what allows other properties of the same kind",
      object({ a: text }, { additionalProperties: false }),
      { type: "object", additionalProperties: text },
    ],
    [
      "what names a property that it does not allow",
      object({ a: text }, { additionalProperties: false }),
      object({ a: text, b: number }),
    ],
    [
      "what a pattern says of a name",
      object({ ab: text }, { additionalProperties: false }),
      { type: "object", patternProperties: { "^a": text }, additionalProperties: false },
    ],
    [
      "the same pattern with a wider schema",
      { patternProperties: { "^x": integer } },
      { patternProperties: { "^x": number } },
    ],
    [
      "names that it gives",
      object({ a: text }, { additionalProperties: false }),
      { propertyNames: { maxLength: 1 } },
    ],
    [
      "as many properties as it can have",
      object({ a: text }, { additionalProperties: false, required: ["a"] }),
      { minProperties: 1, maxProperties: 1 },
    ],
    [
      "what a property that it lacks demands",
      object({ a: text }, { additionalProperties: false }),
      { dependentRequired: { b: ["c"] } },
    ],
    [
      "what a property that it has demands of all",
      object({ a: text, b: text }, { dependentRequired: { a: ["b"] } }),
      { dependentRequired: { a: ["b"] } },
    ],
    [
      "a dependent schema of the same",
      { dependentSchemas: { a: { required: ["b", "c"] } } },
      { dependentSchemas: { a: { required: ["b"] } } },
    ],
    ["the newer words for dependencies", { dependencies: { a: ["b"] } }, { dependentRequired: { a: ["b"] } }],
    [
      "wider items",
      { type: "array", items: integer, maxItems: 2 },
      { type: "array", items: number, maxItems: 3 },
    ],
    [
      "a tuple in the words of another draft",
      { $schema: "http://json-schema.org/draft-07/schema#", items: [text, integer], additionalItems: false },
      { prefixItems: [text, number], items: false },
    ],
    [
      "a list as long as its tuple",
      { type: "array", prefixItems: [text, text], items: false },
      { type: "array", maxItems: 2 },
    ],
    [
      "what contains one of what it is made of",
      { type: "array", items: integer, minItems: 1 },
      { type: "array", contains: number },
    ],
    ["what contains fewer", { contains: text, minContains: 2 }, { contains: text }],
    ["unique items, when it has one", { type: "array", maxItems: 1 }, { type: "array", uniqueItems: true }],
    ["each member of an allOf", { type: "integer", minimum: 3 }, { allOf: [number, { minimum: 2 }] }],
    ["one member of an anyOf", integer, { anyOf: [text, number] }],
    [
      "an anyOf that has a member for each of its types",
      { type: ["string", "null"] },
      { anyOf: [text, { type: "null" }] },
    ],
    [
      "a oneOf whose other members are told apart by a constant",
      object({ k: { const: "a" }, v: integer }, { required: ["k"] }),
      {
        oneOf: [
          object({ k: { const: "a" }, v: number }, { required: ["k"] }),
          object({ k: { const: "b" } }, { required: ["k"] }),
        ],
      },
    ],
    [
      "a union with a member for each value that tells",
      object({ k: { enum: ["a", "b"] } }, { required: ["k"] }),
      { anyOf: [object({ k: { const: "a" } }), object({ k: { const: "b" } })] },
    ],
    ["a not of another type", text, { not: number }],
    ["a not of less", { not: number }, { not: integer }],
    [
      "a then that it keeps where the if holds",
      when({ required: ["a"] }, { required: ["b", "c"] }),
      when({ required: ["a"] }, { required: ["b"] }),
    ],
    [
      "unevaluatedProperties, when all are named beside it",
      object({ a: text }, { additionalProperties: false }),
      { allOf: [object({ a: text })], unevaluatedProperties: false },
    ],
    [
      "what an unevaluatedProperties leaves",
      { $defs: { d: object({ a: text }) }, $ref: "#/$defs/d", unevaluatedProperties: false },
      object({ a: text }, { additionalProperties: false }),
    ],
    ["everything", object({ a: text }), true],
    ["anything, when nothing is valid under it", { allOf: [text, number] }, { const: 1 }],
    ["itself with wider leaves, when it refers to itself", recursive(integer), recursive(number)],
  ])("%s", (_, writer, reader) => {
    expect(findings(writer, reader, true)).toEqual([]);
  });
});

function recursive(value: object): object {
  const node = object(
    { value, next: { anyOf: [{ type: "null" }, { $ref: "#/$defs/node" }] } },
    { required: ["value"] },
  );
  return { $defs: { node }, $ref: "#/$defs/node" };
}

describe("a schema is not contained, and a value proves it", () => {
  test.each<[string, unknown, unknown, readonly string[]]>([
    ["a type less", { type: ["string", "null"] }, text, [" type"]],
    ["integers only", object({ a: number }), object({ a: integer }), ["/a type"]],
    [
      "a narrower range, deep inside",
      object({ a: { type: "array", items: object({ b: { type: "integer", minimum: 0 } }) } }),
      object({ a: { type: "array", items: object({ b: { type: "integer", minimum: 1 } }) } }),
      ["/a/*/b minimum"],
    ],
    [
      "a bound that is excluded",
      { type: "number", minimum: 0 },
      { type: "number", exclusiveMinimum: 0 },
      [" exclusiveMinimum"],
    ],
    [
      "a multiple of more",
      { type: "integer", multipleOf: 3 },
      { type: "integer", multipleOf: 6 },
      [" multipleOf"],
    ],
    ["a value less", object({ a: { enum: ["x", "y"] } }), object({ a: { enum: ["x"] } }), ["/a enum"]],
    ["values where all were allowed", text, { enum: ["x"] }, [" enum"]],
    ["shorter texts", { type: "string", maxLength: 5 }, { type: "string", maxLength: 4 }, [" maxLength"]],
    [
      "another pattern, where a text for the old one is found",
      { type: "string", pattern: "^[A-Z]{3}$" },
      { type: "string", pattern: "^[A-Z]{2}$" },
      [" pattern"],
    ],
    ["a format", text, { type: "string", format: "date-time" }, [" format"]],
    [
      "a property that is required",
      object({ a: text }),
      object({ a: text }, { required: ["a"] }),
      ["/a required"],
    ],
    [
      "a property that is not allowed",
      object({ a: text, b: text }),
      object({ a: text }, { additionalProperties: false }),
      ["/* additionalProperties", "/b additionalProperties"],
    ],
    [
      "other properties of one kind",
      { type: "object", additionalProperties: true },
      { type: "object", additionalProperties: text },
      ["/* type"],
    ],
    [
      "names of one kind",
      { type: "object", additionalProperties: true },
      { type: "object", propertyNames: { pattern: "^[a-z]+$" } },
      ["/* propertyNames"],
    ],
    ["fewer properties", { type: "object" }, { type: "object", maxProperties: 2 }, [" maxProperties"]],
    [
      "what another property demands",
      object({ a: text, b: text }),
      { dependentRequired: { a: ["b"] } },
      ["/b dependentRequired"],
    ],
    ["fewer items", { type: "array", maxItems: 3 }, { type: "array", maxItems: 2 }, [" maxItems"]],
    [
      "other items at a place",
      { prefixItems: [text, number] },
      { prefixItems: [text, integer] },
      ["/1 type"],
    ],
    ["no item twice", { type: "array" }, { type: "array", uniqueItems: true }, [" uniqueItems"]],
    [
      "what it must contain",
      { type: "array", items: text },
      { type: "array", contains: number },
      [" contains"],
    ],
    [
      "an alternative less",
      { anyOf: [text, number, { type: "null" }] },
      { anyOf: [text, number] },
      [" anyOf"],
    ],
    [
      "an alternative that was changed, told by its constant",
      {
        oneOf: [
          object({ k: { const: "a" }, v: number }, { required: ["k"] }),
          object({ k: { const: "b" } }, { required: ["k"] }),
        ],
      },
      {
        oneOf: [
          object({ k: { const: "a" }, v: integer }, { required: ["k"] }),
          object({ k: { const: "b" } }, { required: ["k"] }),
        ],
      },
      ["/v type"],
    ],
    ["two alternatives at once", integer, { oneOf: [number, integer] }, [" oneOf"]],
    ["a not", object({ a: text }), { not: { required: ["a"] } }, [" not"]],
    [
      "a then that demands more",
      when({ required: ["a"] }, { required: ["b"] }),
      when({ required: ["a"] }, { required: ["b", "c"] }),
      ["/c required"],
    ],
    ["nothing", text, false, [" false"]],
    [
      "a leaf of what refers to itself",
      recursive(number),
      recursive(integer),
      ["/value type", "/next/value type"],
    ],
  ])("%s", (_, writer, reader, expected) => {
    expect([...findings(writer, reader, true)].sort()).toEqual([...expected].sort());
  });

  test("the proof is a whole value, and what of it stands at the path", () => {
    const [finding] = containment(
      object({ a: number, b: text }, { required: ["b"] }),
      object({ a: integer }),
    );
    expect(finding).toMatchObject({ path: "/a", proof: { value: { a: 0.5, b: "a" }, part: 0.5 } });
  });

  test("of a property that is missing there is no part", () => {
    const [finding] = containment(object({ a: number }), object({ a: number }, { required: ["a"] }));
    expect(finding?.proof).toEqual({ value: {}, part: undefined });
  });
});

describe("it cannot be told, and is said so, of", () => {
  test.each<[string, unknown, unknown, readonly string[]]>([
    [
      "two patterns of which no text is found that only one matches",
      { type: "string", pattern: "^[A-Z]{3}$" },
      { type: "string", pattern: "^[A-Z]{3,4}$" },
      [" pattern?"],
    ],
    [
      "unevaluatedProperties beside an anyOf, unless all is the same",
      { type: "object" },
      { type: "object", anyOf: [object({ a: true }), object({ b: true })], unevaluatedProperties: false },
      [" unevaluatedProperties?"],
    ],
    ["a reference to elsewhere", text, { $ref: "https://example.com/other" }, [" $ref?"]],
    [
      "a reference that leads to itself",
      text,
      { $defs: { a: { $ref: "#/$defs/a" } }, $ref: "#/$defs/a" },
      [" $ref?"],
    ],
    [
      "a format that is not known",
      { type: "string", format: "x" },
      { type: "string", format: "y" },
      [" format?"],
    ],
    [
      "multiples of fractions",
      { type: "number", multipleOf: 0.3 },
      { type: "number", multipleOf: 0.1 },
      [" multipleOf"],
    ],
  ])("%s", (_, writer, reader, expected) => {
    expect(findings(writer, reader, true)).toEqual(expected);
  });
});

describe("where a schema names properties and says nothing of others", () => {
  const before = object({ a: text });
  const after = object({ a: text, b: text });

  test("none are taken to be written: an optional property may be added and taken away", () => {
    expect(findings(before, after)).toEqual([]);
    expect(findings(after, before)).toEqual([]);
    expect(findings(before, object({ a: text }, { additionalProperties: false }))).toEqual([]);
  });

  test("strictly, any may have been written under the new name", () => {
    expect(findings(before, after, true)).toEqual(["/b type"]);
    expect(findings(after, before, true)).toEqual([]);
  });

  test("a schema that says that others are allowed means it", () => {
    expect(findings(object({ a: text }, { additionalProperties: true }), after)).toEqual(["/b type"]);
    expect(findings(object({ a: text }, { additionalProperties: number }), after)).toEqual(["/b type"]);
  });

  test("an object that names no property may hold any", () => {
    expect(findings({ type: "object" }, after)).toEqual(["/a type", "/b type"]);
  });

  test("what an allOf names belongs together", () => {
    const both = { allOf: [object({ a: text }), object({ b: number })] };
    expect(findings(both, object({ a: text, b: number }, { additionalProperties: false }))).toEqual([]);
    expect(findings(both, object({ a: text, b: text }))).toEqual(["/b type"]);
  });

  test("what one alternative names may come in all", () => {
    const either = {
      anyOf: [object({ k: { const: 1 } }, { required: ["k"] }), object({ k: { const: 2 }, b: text })],
    };
    expect(findings(either, { additionalProperties: false, properties: { k: true } })).toEqual([
      "/b additionalProperties",
    ]);
  });

  test("nothing more is required of writers than before", () => {
    expect(findings(before, object({ a: text, b: text }, { required: ["b"] }))).toEqual(["/b required"]);
  });

  test("what a not refuses is taken at its word: others may come beside it", () => {
    const refusing = (properties: object): object => ({ not: { properties, required: ["a"] } });
    const writer = object({ a: true, b: true }, refusing({ a: text, b: number }));
    expect(findings(writer, refusing({ a: text }))).toEqual([" not"]);
    expect(
      findings(object({ a: true, b: true }, refusing({ a: text })), refusing({ a: text, b: number })),
    ).toEqual([]);
  });
});

describe("a comparison ends", () => {
  /** Two to the power of `depth` ways from the root to the leaf. */
  function ways(depth: number, leaf: object): object {
    const steps = Array.from({ length: depth }, (_, at) => {
      const next = { $ref: `#/$defs/d${at + 1}` };
      return [`d${at}`, { anyOf: [next, next] }] as const;
    });
    return { $defs: { ...Object.fromEntries(steps), [`d${depth}`]: leaf }, $ref: "#/$defs/d0" };
  }

  test("of schemas with more ways through them than can be walked", () => {
    expect(findings(ways(40, number), ways(40, integer))).not.toEqual([]);
  });

  test("of a schema that is its own not", () => {
    const own = (more: object): object => ({
      $defs: { x: { ...more, not: { $ref: "#/$defs/x" } } },
      $ref: "#/$defs/x",
    });
    expect(findings(own({}), own({ minimum: 1 }))).not.toEqual([]);
  });

  test("of a schema that is what it is, and a list besides", () => {
    const own = (more: object): object => ({
      $defs: { x: { $ref: "#/$defs/x", ...more } },
      $ref: "#/$defs/x",
    });
    expect(findings(own({}), own({ type: "array" }))).not.toEqual([]);
  });

  test("with a hundred findings of one place", () => {
    const many = (type: string): object =>
      object(Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`p${at}`, { type }])));
    expect(findings(many("number"), many("integer"))).toHaveLength(100);
  });
});
