import { memoryStore } from "holdfast/idempotency/memory";
import {
  idempotencyStepContract,
  idempotencyStepTransactionContract,
  idempotencyStoreContract,
  idempotencyTransactionContract,
} from "holdfast/testing";
import { describe, test } from "vitest";

describe("memory store", () => {
  for (const rule of [...idempotencyStoreContract, ...idempotencyStepContract]) {
    test(rule.name, () => rule.run({ store: memoryStore() }));
  }
  for (const rule of [...idempotencyTransactionContract, ...idempotencyStepTransactionContract]) {
    test(rule.name, async () => {
      let sum = 0;
      await rule.run({
        store: memoryStore(),
        addOne: () => () => {
          sum += 1;
          return () => {
            sum -= 1;
          };
        },
        fails: () => () => {
          throw new Error("the item's condition failed");
        },
        sum: async () => sum,
      });
    });
  }
});
