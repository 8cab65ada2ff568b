/** The members of an AWS SDK v3 error (a smithy `ServiceException`) that are looked at here. */
interface ServiceError {
  readonly name?: unknown;
  readonly $fault?: unknown;
  readonly $retryable?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
}

/** Faults that AWS puts on the client's side, yet that pass with time. */
const PASSING =
  /Throttl|TooManyRequests|LimitExceeded|RequestTimeout|SlowDown|ThroughputExceeded|TransactionConflict/;

/**
 * Whether an AWS error says that the same request can succeed later; undefined when it is none of AWS's.
 *
 * A client's fault (validation, permissions, a missing resource) will not; throttling and the service's own will.
 * Source: AWS SDKs and Tools Reference Guide, "Retry behavior".
 */
export function awsSaysRetryable(error: unknown): boolean | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { name, $fault, $retryable, $metadata }: ServiceError = error;
  if ($fault !== "client" && $fault !== "server") return undefined;
  if ($fault === "server" || $retryable !== undefined) return true;
  const status = $metadata?.httpStatusCode;
  return status === 429 || status === 408 || (typeof name === "string" && PASSING.test(name));
}
