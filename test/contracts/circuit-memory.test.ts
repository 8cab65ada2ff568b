import { circuitStoreContract, memoryCircuitStore } from "holdfast/testing";
import { describe, test } from "vitest";

describe("the memory circuit store", () => {
  test.each(circuitStoreContract.map((rule) => [rule.name, rule] as const))("%s", (_name, rule) =>
    rule.run({ store: memoryCircuitStore() }),
  );
});
