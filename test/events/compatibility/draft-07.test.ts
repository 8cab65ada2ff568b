import { Ajv } from "ajv";
import fc from "fast-check";
import { expect, test } from "vitest";
import { containment } from "../../../src/events/compatibility/containment.ts";
import { evaluate } from "../../../src/events/compatibility/schema/evaluate.ts";
import { rootNode } from "../../../src/events/compatibility/schema/schema-node.ts";
import { said, values } from "./schemas.ts";

const leaf = fc.constantFrom({ type: "string" }, { type: "number" }, { type: "integer" }, true, false);
const optional = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined });

/** What only draft-07 says in this way, beside a reference, whose siblings ajv applies. */
const schemas = fc
  .record({
    $ref: optional(fc.constant("#/definitions/d")),
    items: optional(fc.oneof(leaf, fc.array(leaf, { minLength: 1, maxLength: 2 }))),
    additionalItems: optional(leaf),
    dependencies: optional(fc.constantFrom({ a: ["b"] }, { a: { required: ["other"] } }, { a: true })),
    definitions: fc.record({ d: fc.constantFrom({ maxItems: 2 }, { required: ["a"] }, {}) }),
  })
  .map((keywords) => said({ $schema: "http://json-schema.org/draft-07/schema#", ...keywords }));

function draft07(schema: object): (value: unknown) => boolean {
  return new Ajv({ strict: false, logger: false, validateSchema: false }).compile(schema);
}

test("a value is judged as ajv judges it under draft-07", () => {
  fc.assert(
    fc.property(schemas, fc.array(values, { minLength: 10, maxLength: 10 }), (schema, all) => {
      const valid = draft07(schema);
      for (const value of all) {
        const verdict = evaluate(rootNode(schema), value);
        expect({ schema, value, verdict }).toEqual({ schema, value, verdict: valid(value) });
      }
    }),
    { numRuns: 150 },
  );
});

test("what is contained has no value that the other refuses, and a proof is one", () => {
  let contained = 0;
  fc.assert(
    fc.property(
      schemas,
      schemas,
      fc.array(values, { minLength: 10, maxLength: 10 }),
      (writer, reader, all) => {
        const findings = containment(writer, reader, { strict: true });
        const [written, read] = [draft07(writer), draft07(reader)];
        for (const { proof } of findings) {
          if (proof !== undefined) expect([written(proof.value), read(proof.value)]).toEqual([true, false]);
        }
        if (findings.length > 0) return;
        contained += 1;
        for (const value of all) {
          if (written(value))
            expect({ writer, reader, value, read: read(value) }).toMatchObject({ read: true });
        }
      },
    ),
    { numRuns: 150 },
  );
  expect(contained).toBeGreaterThan(10);
});
