import fc from "fast-check";
import { expect, test } from "vitest";
import { equalJson, uniqueJson } from "../../../src/events/validator/equal-json.ts";

/** Members in the opposite order, at every depth. */
function turned(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(turned);
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, inner]) => [name, turned(inner)])
      .reverse(),
  );
}

const names = fc.constantFrom("a", "b", "constructor", "valueOf", "toString", "__proto__", '"', "1");
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(null, true, 0, 1, -0, "1", "", "null", "__proto__", '{"a":1}', "[]"),
    fc.array(tie("json"), { maxLength: 3 }),
    fc.dictionary(names, tie("json"), { maxKeys: 3 }),
  ),
}));

test("values are equal when they are, whatever the order and the names of their members", () => {
  fc.assert(
    fc.property(json, json, (one, other) => {
      expect(equalJson(one, turned(one))).toBe(true);
      const text = (value: unknown): string => JSON.stringify(sorted(value));
      expect(equalJson(one, other)).toBe(text(one) === text(other));
    }),
  );
});

test("items are unique when no two are equal", () => {
  fc.assert(
    fc.property(fc.array(json, { maxLength: 6 }), (items) => {
      const pairs = items.flatMap((one, at) => items.slice(at + 1).map((other) => equalJson(one, other)));
      expect(uniqueJson(items)).toBe(!pairs.includes(true));
      if (items.length > 0) expect(uniqueJson([...items, turned(items[0])])).toBe(false);
    }),
  );
});

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return ["list", ...value.map(sorted)];
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return ["object", ...members.map(([name, inner]) => [name, sorted(inner)])];
}
