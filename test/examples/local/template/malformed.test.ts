import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadTemplate } from "../../../../examples/local/template/load-template.ts";
import { TemplateError } from "../../../../examples/local/template/problems.ts";
import { problemsOf, sam } from "./load-text.ts";

const orders =
  readFileSync(fileURLToPath(new URL("../../../../examples/orders/template.yaml", import.meta.url)), "utf8")
    .split("# ---- Alarms")[0]
    ?.split("\n") ?? [];

test("a damaged template is refused with problems that name lines of it, and nothing else is thrown", {
  // Twenty times a template of a thousand lines.
  timeout: 60_000,
}, () => {
  const position = fc.nat(orders.length - 1);
  const damage = fc.oneof(
    fc.record({ at: position, put: fc.constant<string[]>([]) }),
    fc.record({ at: position, put: fc.tuple(fc.string()).map((lines) => [...lines]) }),
    fc.record({ at: position, put: position.map((other) => [orders[other] ?? ""]) }),
  );
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
      const lines = [...orders];
      for (const { at, put } of damages) lines.splice(at, 1, ...put);
      // The handlers are not there, so there is always something to say.
      const problems = problemsOf(lines.join("\n"));
      expect(problems.length).toBeGreaterThan(0);
      for (const { place, message } of problems) {
        expect(place.line).toBeGreaterThan(0);
        expect(place.line).toBeLessThanOrEqual(lines.join("\n").split(/\r\n|\n|\r/).length);
        expect(message).not.toMatch(/\[object|undefined|NaN/);
      }
    }),
    { numRuns: 20 },
  );
});

test.each([
  ["nested without end", `Resources: ${"[".repeat(20_000)}`],
  [
    "nested too deep",
    sam(`Q:\n  Type: AWS::SQS::Queue\n  Properties:\n    Tags: ${"[".repeat(80)}${"]".repeat(80)}`),
  ],
  ["too large", `Description: ${"x".repeat(1_100_000)}`],
  ["with keys that are lists", "? [a]\n: b"],
  [
    "with names of the language",
    sam("constructor:\n  Type: __proto__\n  Properties: { __proto__: { a: 1 } }"),
  ],
  ["empty", ""],
])("a template %s is refused", (_what, text) => {
  expect(problemsOf(text).length).toBeGreaterThan(0);
});

test("a template that is not there is refused with its path", () => {
  const load = () =>
    loadTemplate("/nowhere/template.yaml", { name: "app", sqsEndpoint: "http://127.0.0.1:1" });
  expect(load).toThrow(TemplateError);
  expect(load).toThrow("/nowhere/template.yaml");
});

test.each([
  [{ name: "1st" }, "is no stack name"],
  [{ accountId: "12" }, "is no account id"],
  [{ speed: 0.5 }, "a speed of 0.5"],
])("options that make no sense are refused: %o", (options, says) => {
  const problems = problemsOf(sam("Q: { Type: AWS::SQS::Queue }"), options);
  expect(problems).toMatchObject([{ message: expect.stringContaining(says) }]);
});

test.each([
  ['AWSTemplateFormatVersion: "2011-01-01" # here', /write "2010-09-09"/],
  ["AWSTemplateFormatVersion: [1] # here", /write "2010-09-09"/],
  ["Description: { a: 1 } # here", /expected a text/],
  ["Metadata: 5 # here", /expected a map/],
])("a head that AWS would refuse is refused: %s", (head, message) => {
  const text = `${head}\n${sam("Q: { Type: AWS::SQS::Queue }").replace(/^AWSTemplateFormatVersion.*\n/m, "")}`;
  expect(problemsOf(text)).toMatchObject([{ place: { line: 1 }, message: expect.stringMatching(message) }]);
});
