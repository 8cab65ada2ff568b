import fc from "fast-check";
import { expect, test } from "vitest";
import { identifierTable } from "../../src/batching/engine/identifier-table.ts";
import { lowestFirst } from "../../src/batching/engine/lowest-first.ts";

test("an identifier's first place is found again, whatever identifiers there are", () => {
  const alike = fc
    .tuple(fc.constantFrom("a", "b"), fc.nat(3))
    .map(([end, n]) => `${end.repeat(8)}${n}${end.repeat(8)}`);
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uuid(), fc.string(), alike)), (identifiers) => {
      const table = identifierTable(identifiers.length, (place) => identifiers[place] ?? "");
      const found = identifiers.map((identifier, place) => table.put(identifier, place));
      expect(found).toEqual(
        identifiers.map((identifier, place) => {
          const first = identifiers.indexOf(identifier);
          return first === place ? undefined : first;
        }),
      );
    }),
  );
});

test("a thousand identifiers that hash to one slot are told apart", () => {
  const identifiers = Array.from(
    { length: 1_000 },
    (_, n) => `aaaaaaaa${String(n).padStart(4, "0")}zzzzzzzz`,
  );
  const table = identifierTable(2_000, (place) => identifiers[place % 1_000] ?? "");
  expect(identifiers.map((one, place) => table.put(one, place)).every((found) => found === undefined)).toBe(
    true,
  );
  expect(identifiers.map((one) => table.put(one, 1_999))).toEqual([...identifiers.keys()]);
});

test("the lowest comes first, whatever is added and taken in between", () => {
  const steps = fc.array(fc.oneof(fc.nat(100), fc.constant("take" as const)));
  fc.assert(
    fc.property(fc.array(fc.nat(100)), steps, (start, then) => {
      const heap = lowestFirst(start.toSorted((a, b) => a - b));
      let model = start.toSorted((a, b) => a - b);
      for (const step of then) {
        expect(heap.first()).toBe(model[0]);
        if (step === "take") {
          expect(heap.take()).toBe(model[0]);
          model = model.slice(1);
        } else {
          heap.add(step);
          model = [...model, step].toSorted((a, b) => a - b);
        }
      }
    }),
  );
});
