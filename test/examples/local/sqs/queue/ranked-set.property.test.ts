import fc from "fast-check";
import { expect, test } from "vitest";
import { rankedSet } from "../../../../../examples/local/sqs/queue/ranked-set.ts";

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant("set"), item: fc.nat(15), rank: fc.nat(20) }),
    fc.record({ do: fc.constant("delete"), item: fc.nat(15), rank: fc.constant(0) }),
  ),
  { maxLength: 80 },
);

test("a ranked set holds what a map does, and its first is one with the lowest rank", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const set = rankedSet<number>();
      const model = new Map<number, number>();
      for (const step of all) {
        if (step.do === "set") {
          set.set(step.item, step.rank);
          model.set(step.item, step.rank);
        } else expect(set.delete(step.item)).toBe(model.delete(step.item));
        expect(set.size).toBe(model.size);
        const lowest = model.size === 0 ? undefined : Math.min(...model.values());
        expect(set.firstRank()).toBe(lowest);
        const first = set.first();
        expect(first === undefined ? undefined : model.get(first)).toBe(lowest);
      }
      expect([...set.items()].sort()).toEqual([...model.keys()].sort());
    }),
  );
});
