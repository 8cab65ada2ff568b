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
export type { Jitter } from "./jitter.ts";
export { type GaveUp, type RetryAttempt, type RetryOptions, retry, type WhyNoRetry } from "./retry.ts";
export { retryAfterMs } from "./retry-after.ts";
