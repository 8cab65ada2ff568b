import type { Rule } from "../rule.ts";
import { claimRules } from "./claims.ts";
import { settlingRules } from "./settling.ts";
import { stepRules, stepTransactionRules } from "./steps/index.ts";
import type { IdempotencyStoreSubject, TransactingStoreSubject } from "./subject.ts";
import { transactionRules } from "./transactions.ts";
import { writeRules } from "./writes.ts";

export type { IdempotencyStoreSubject, TransactingStoreSubject } from "./subject.ts";

/**
 * What every idempotency store must do, as rules that any test runner can run: one fresh subject each.
 *
 * @example
 * ```ts
 * for (const rule of idempotencyStoreContract) {
 *   test(rule.name, async () => rule.run({ store: await makeStore() }));
 * }
 * ```
 */
export const idempotencyStoreContract: readonly Rule<IdempotencyStoreSubject>[] = [
  ...claimRules,
  ...writeRules,
  ...settlingRules,
];

/** What a store that has `transact` must do as well. */
export const idempotencyTransactionContract: readonly Rule<TransactingStoreSubject>[] = transactionRules;

/** What a store that says `keepsSteps` must do as well. */
export const idempotencyStepContract: readonly Rule<IdempotencyStoreSubject>[] = stepRules;

/** What a store that has both, `keepsSteps` and `transact`, must do as well. */
export const idempotencyStepTransactionContract: readonly Rule<TransactingStoreSubject>[] =
  stepTransactionRules;
