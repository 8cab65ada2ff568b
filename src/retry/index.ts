export {
  type Backoff,
  type ConstantOptions,
  constant,
  type ExponentialOptions,
  exponential,
  type LinearOptions,
  linear,
} from "./backoff.ts";
export { type RetryBudget, type RetryBudgetOptions, retryBudget } from "./budget.ts";
export { type Classification, classify, mayRetry } from "./classify.ts";
export { type GaveUp, isRetryFact, type RetryAttempt, type RetryFact, type WhyNoRetry } from "./facts.ts";
export type { Jitter } from "./jitter.ts";
export { type RetryOptions, retry } from "./retry.ts";
export { retryAfterMs } from "./retry-after.ts";
