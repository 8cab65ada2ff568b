import fc from "fast-check";
import { expect, test } from "vitest";
import { splitAttribute, substitute } from "../../../../examples/local/template/substitute.ts";

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9:.]{0,9}$/);
const literal = fc
  .string()
  .filter((text) => !text.includes("$") && !text.includes("{") && !text.includes("}"));
const piece = fc.oneof(
  literal.map((text) => ({ written: text, value: () => text })),
  name.map((text) => ({ written: `\${${text}}`, value: (of: (name: string) => string) => of(text) })),
  name.map((text) => ({ written: `\${!${text}}`, value: () => `\${${text}}` })),
);

test("a text is the join of its pieces, each name replaced by its value and each literal kept", () => {
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const valueFor = (asked: string) => `<${asked}>`;
      const written = pieces.map((one) => one.written).join("");
      expect(substitute(written, valueFor)).toBe(pieces.map((one) => one.value(valueFor)).join(""));
    }),
  );
});

test("a value that looks like a name is not substituted again", () => {
  fc.assert(
    fc.property(name, name, (outer, inner) => {
      expect(substitute(`\${${outer}}`, () => `\${${inner}}`)).toBe(`\${${inner}}`);
    }),
  );
});

test("an attribute is all that follows the first dot", () => {
  expect(splitAttribute("A.B.C")).toEqual({ logicalId: "A", attribute: "B.C" });
  expect(splitAttribute("A")).toEqual({ logicalId: "A", attribute: undefined });
});
