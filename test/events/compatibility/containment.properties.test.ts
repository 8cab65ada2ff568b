import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { containment } from "../../../src/events/compatibility/containment.ts";
import { exampleOf } from "../../../src/events/compatibility/samples/example.ts";
import { validSamples } from "../../../src/events/compatibility/samples/sample.ts";
import { evaluate } from "../../../src/events/compatibility/schema/evaluate.ts";
import { rootNode } from "../../../src/events/compatibility/schema/schema-node.ts";
import { shapesOf } from "../../../src/events/compatibility/shapes/shapes-of.ts";
import { ajvOf, anySchemas, edited, plainSchemas, referringPairs, values } from "./schemas.ts";

/** Times as many as usual: CONTAINMENT_RUNS=20 is a matter of minutes. */
const RUNS = Number(process.env["CONTAINMENT_RUNS"] ?? 1);
vi.setConfig({ testTimeout: 60_000 * RUNS });

/** Two schemas, often with most in common. */
function pairs(schemas: fc.Arbitrary<unknown>): fc.Arbitrary<readonly [unknown, unknown]> {
  const related = fc
    .tuple(schemas, schemas, fc.nat(200))
    .map(([one, other, at]): readonly [unknown, unknown] => [one, edited(one, other, at)]);
  return fc.oneof(
    related,
    related.map(([one, other]): readonly [unknown, unknown] => [other, one]),
    fc.tuple(schemas, schemas),
  );
}

test("a value is judged as ajv judges it, or not at all", () => {
  let told = 0;
  fc.assert(
    fc.property(anySchemas, fc.array(values, { minLength: 8, maxLength: 8 }), (schema, all) => {
      const valid = ajvOf(schema);
      for (const value of all) {
        const verdict = evaluate(rootNode(schema), value);
        if (verdict === undefined) continue;
        told += 1;
        expect({ schema, value, verdict }).toEqual({ schema, value, verdict: valid(value) });
      }
    }),
    { numRuns: 500 * RUNS },
  );
  expect(told).toBeGreaterThan(2_000 * RUNS);
});

test("what is contained in another schema has no value that the other refuses", () => {
  let contained = 0;
  fc.assert(
    fc.property(
      pairs(anySchemas),
      fc.array(values, { minLength: 20, maxLength: 20 }),
      ([writer, reader], all) => {
        if (containment(writer, reader, { strict: true }).length > 0) return;
        contained += 1;
        const [written, read] = [ajvOf(writer), ajvOf(reader)];
        // Chance finds few values of a narrow schema: those that are searched for are tried too.
        const likely = validSamples([rootNode(writer)], shapesOf([rootNode(reader)]));
        for (const value of [...all, ...likely]) {
          if (written(value))
            expect({ writer, reader, value, read: read(value) }).toMatchObject({ read: true });
        }
      },
    ),
    { numRuns: 600 * RUNS },
  );
  expect(contained).toBeGreaterThan(50 * RUNS);
});

test("what refers to itself is contained only in what accepts all its values", () => {
  let contained = 0;
  fc.assert(
    fc.property(
      referringPairs,
      fc.array(values, { minLength: 20, maxLength: 20 }),
      ([writer, reader], all) => {
        const findings = containment(writer, reader, { strict: true });
        unlessEndless(() => {
          const [written, read] = [ajvOf(writer), ajvOf(reader)];
          for (const { proof } of findings) {
            if (proof !== undefined) expect([written(proof.value), read(proof.value)]).toEqual([true, false]);
          }
          if (findings.length > 0) return;
          contained += 1;
          for (const value of all) {
            if (written(value))
              expect({ writer, reader, value, read: read(value) }).toMatchObject({ read: true });
          }
        });
      },
    ),
    { numRuns: 200 * RUNS },
  );
  expect(contained).toBeGreaterThan(15 * RUNS);
});

/** Of a schema that is its own alternative ajv never comes to an answer: it has no values. */
function unlessEndless(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
}

test("a proof is a value that one schema accepts and the other refuses", () => {
  let proven = 0;
  fc.assert(
    fc.property(pairs(anySchemas), ([writer, reader]) => {
      for (const { proof } of containment(writer, reader, { strict: true })) {
        if (proof === undefined) continue;
        proven += 1;
        expect({
          writer,
          reader,
          value: proof.value,
          valid: [ajvOf(writer)(proof.value), ajvOf(reader)(proof.value)],
        }).toMatchObject({
          valid: [true, false],
        });
      }
    }),
    { numRuns: 400 * RUNS },
  );
  expect(proven).toBeGreaterThan(50 * RUNS);
});

test("of plain schemas it can always be told: each is contained, or a value proves that it is not", () => {
  const seen = { contained: 0, not: 0 };
  fc.assert(
    fc.property(pairs(plainSchemas), ([writer, reader]) => {
      const findings = containment(writer, reader, { strict: true });
      seen[findings.length === 0 ? "contained" : "not"] += 1;
      expect({ writer, reader, unknown: findings.filter(({ proof }) => proof === undefined) }).toMatchObject({
        unknown: [],
      });
    }),
    { numRuns: 600 * RUNS },
  );
  expect(Math.min(seen.contained, seen.not)).toBeGreaterThan(50 * RUNS);
});

test("where others are not written, it is as if each object said so", () => {
  fc.assert(
    fc.property(pairs(plainSchemas), ([writer, reader]) => {
      const said = containment(closedByWord(writer), reader, { strict: true });
      const silent = containment(writer, reader);
      expect({ writer, reader, isContained: silent.length === 0 }).toEqual({
        writer,
        reader,
        isContained: said.length === 0,
      });
    }),
    { numRuns: 300 * RUNS },
  );
});

/** The same schema, with the word for what it leaves unsaid. */
function closedByWord(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closedByWord);
  if (typeof schema !== "object" || schema === null) return schema;
  const inner = Object.fromEntries(
    Object.entries(schema).map(([name, value]) => [name, closedByWord(value)]),
  );
  const names = [
    ...Object.keys(Object(inner["properties"])),
    ...(Array.isArray(inner["required"]) ? inner["required"] : []),
  ];
  if (inner["type"] !== "object" || names.length === 0 || "additionalProperties" in inner) return inner;
  const properties = {
    ...Object.fromEntries(names.map((name) => [name, true])),
    ...Object(inner["properties"]),
  };
  return { ...inner, properties, additionalProperties: false };
}

test("an example of a schema is valid under it, and the same whenever it is asked for", () => {
  let made = 0;
  fc.assert(
    fc.property(anySchemas, (schema) => {
      const example = exampleOf(schema);
      if (example === undefined) return;
      made += 1;
      expect({ schema, example, valid: ajvOf(schema)(example) }).toMatchObject({ valid: true });
      expect(exampleOf(structuredClone(schema))).toEqual(example);
    }),
    { numRuns: 400 * RUNS },
  );
  expect(made).toBeGreaterThan(250 * RUNS);
});
