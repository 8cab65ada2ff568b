import { type Fact, observed, rootCall, wrap } from "holdfast";
import { isRetryFact, retry } from "holdfast/retry";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";

test("what a retry tells is known as its own; what others tell is not", async () => {
  const clock = manualRuntime();
  const facts: Fact[] = [];
  const ask = wrap(
    async (_: undefined) => {
      throw new Error("busy");
    },
    observed((fact) => facts.push(fact)),
    retry({ maxAttempts: 2 }),
  );
  await clock.run(ask(undefined, rootCall({ runtime: clock })).catch(() => {}));
  expect(facts.map(({ type }) => type)).toEqual(["retry.attempt", "retry.gave-up"]);
  expect(facts.filter((fact) => !isRetryFact(fact))).toEqual([]);
  for (const type of ["retry.of-mine", "circuit.changed", "toString"])
    expect(isRetryFact({ type })).toBe(false);
});
