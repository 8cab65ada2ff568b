import fc from "fast-check";
import { expect, test } from "vitest";
import { containment } from "../../../src/events/compatibility/containment.ts";
import { evaluate } from "../../../src/events/compatibility/schema/evaluate.ts";
import { rootNode } from "../../../src/events/compatibility/schema/schema-node.ts";
import { ajvOf, anySchemas, edited, plainSchemas, values } from "./schemas.ts";

const RUNS = Number(process.env["CONTAINMENT_RUNS"] ?? 1);

/** Two schemas, often with most in common. */
function pairs(schemas: fc.Arbitrary<unknown>): fc.Arbitrary<readonly [unknown, unknown]> {
  const related = fc
    .tuple(schemas, schemas, fc.nat(200))
    .map(([one, other, at]): readonly [unknown, unknown] => [one, edited(one, other, at)]);
  return fc.oneof(related, related.map(([one, other]): readonly [unknown, unknown] => [other, one]), fc.tuple(schemas, schemas));
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
    fc.property(pairs(anySchemas), fc.array(values, { minLength: 20, maxLength: 20 }), ([writer, reader], all) => {
      if (containment(writer, reader, { strict: true }).length > 0) return;
      contained += 1;
      const [written, read] = [ajvOf(writer), ajvOf(reader)];
      for (const value of all) {
        if (written(value)) expect({ writer, reader, value, read: read(value) }).toMatchObject({ read: true });
      }
    }),
    { numRuns: 600 * RUNS },
  );
  expect(contained).toBeGreaterThan(50 * RUNS);
});

test("a proof is a value that one schema accepts and the other refuses", () => {
  let proven = 0;
  fc.assert(
    fc.property(pairs(anySchemas), ([writer, reader]) => {
      for (const { proof } of containment(writer, reader, { strict: true })) {
        if (proof === undefined) continue;
        proven += 1;
        expect({ writer, reader, value: proof.value, valid: [ajvOf(writer)(proof.value), ajvOf(reader)(proof.value)] }).toMatchObject({
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
