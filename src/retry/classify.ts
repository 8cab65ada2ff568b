import { awsSaysRetryable } from "../aws/aws-error.ts";
import { saysRetryable } from "../core/errors.ts";

/**
 * Whether the same call may succeed later, as far as the error tells.
 *
 * An error that says so itself is believed (`retryable`, as all of holdfast's do); then what the AWS SDK marks, where a
 * fault of the caller comes again on every attempt. Everything else may be a hiccup.
 *
 * @example
 * ```ts
 * retry({ retryWhen: (error) => mayRetry(error) && !hasCode(error, "TIMEOUT") });
 * ```
 */
export function mayRetry(error: unknown): boolean {
  return saysRetryable(error) ?? awsSaysRetryable(error) ?? true;
}
