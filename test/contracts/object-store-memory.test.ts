import { memoryObjectStore } from "holdfast/object-store";
import { objectStoreContract } from "holdfast/testing";
import { describe, test } from "vitest";

describe("memory object store", () => {
  for (const rule of objectStoreContract) {
    test(rule.name, () => rule.run({ store: memoryObjectStore() }));
  }
});
