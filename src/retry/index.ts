export { type Backoff, type ExponentialOptions, exponential } from "./backoff.ts";
export { mayRetry } from "./classify.ts";
export { type RetryOptions, retry } from "./retry.ts";
