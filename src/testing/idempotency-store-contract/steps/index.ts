import { equal, type Rule } from "../../rule.ts";
import type { IdempotencyStoreSubject } from "../subject.ts";
import { stepLifetimeRules } from "./lifetimes.ts";
import { stepTextRules } from "./texts.ts";
import { stepWriteRules } from "./writes.ts";

export { stepTransactionRules } from "./transactions.ts";

/** What becomes of steps, in a store that keeps them. */
export const stepRules: readonly Rule<IdempotencyStoreSubject>[] = [
  {
    name: "the store says that it keeps steps",
    async run({ store }) {
      equal("keepsSteps", store.keepsSteps, true);
    },
  },
  ...stepWriteRules,
  ...stepLifetimeRules,
  ...stepTextRules,
];
