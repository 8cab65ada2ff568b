import { awsSaysRetryable } from "../aws/aws-error.ts";
import { saysRetryable } from "../core/errors.ts";
import { fetchReason, networkReason } from "./network-error.ts";
import { responseOf } from "./response-of.ts";

/** Whether the same call may succeed later, and what says so, for people who read logs. */
export interface Classification {
  readonly retryable: boolean;
  readonly reason: string;
}

/** Answers that may be others later. Source: RFC 9110, section 15; RFC 6585; AWS SDKs and Tools Reference Guide, "Retry behavior". */
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Judges an error: whether the same call may succeed later, and why.
 *
 * In this order: what the error says of itself (`retryable`, as all of holdfast's do); what the AWS SDK marks, where a fault of the caller
 * comes again on every attempt; the status of the answer that it carries (408, 425, 429, 500, 502, 503 and 504 may pass, others do not);
 * what Node.js, fetch and undici say of the connection (a certificate that is not accepted comes again); a mistake in the code (a TypeError, a ReferenceError) does not pass. Everything else may
 * be a hiccup.
 *
 * @example
 * ```ts
 * const { retryable, reason } = classify(error); // { retryable: true, reason: "ECONNRESET: the connection was lost" }
 * ```
 */
export function classify(error: unknown): Classification {
  try {
    return judged(error);
  } catch {
    // A getter, or a proxy, that throws: it must not take the place of what was thrown.
    return { retryable: true, reason: "it cannot be read, and nothing says that it will come again" };
  }
}

function judged(error: unknown): Classification {
  const own = saysRetryable(error);
  if (own !== undefined) return { retryable: own, reason: `the error says so (retryable: ${own})` };
  const aws = awsSaysRetryable(error);
  if (aws !== undefined) {
    const { name } = error as Error;
    return { retryable: aws, reason: `${name}: ${aws ? "it passes" : "the same request will fail again"}` };
  }
  const { status } = responseOf(error);
  if (status !== undefined && status >= 400) {
    const retryable = PASSING_STATUS.has(status);
    return { retryable, reason: `status ${status} ${retryable ? "may pass" : "will come again"}` };
  }
  return (
    networkReason(error) ??
    fetchReason(error) ??
    mistake(error) ?? { retryable: true, reason: "nothing says that it will come again" }
  );
}

/**
 * Whether the same call may succeed later, as far as the error tells: `classify`, without the reason.
 *
 * @example
 * ```ts
 * retry({ retryWhen: (error) => mayRetry(error) && !hasCode(error, "TIMEOUT") });
 * ```
 */
export function mayRetry(error: unknown): boolean {
  return classify(error).retryable;
}

function mistake(error: unknown): Classification | undefined {
  if (!(error instanceof TypeError || error instanceof ReferenceError)) return undefined;
  return { retryable: false, reason: `${error.name}: a mistake in the code` };
}
