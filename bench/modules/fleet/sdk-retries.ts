import type { Retries } from "./table.ts";

/** AWS SDK for JavaScript v3, client of DynamoDB (3.1164): four attempts, from 50 ms, or a second where it was throttled, doubling, with full jitter. */
export const SDK_FOR_JAVASCRIPT: Retries = {
  attempts: 4,
  delayMs: (attempt, isThrottled, random) =>
    random() * Math.min(20_000, 2 ** (attempt - 1) * (isThrottled ? 1_000 : 50)),
};

/** botocore's default mode and its `_retry.json`, for DynamoDB: ten attempts, from 50 ms, doubling, without jitter. */
export const BOTOCORE: Retries = {
  attempts: 10,
  delayMs: (attempt) => 2 ** (attempt - 1) * 50,
};
