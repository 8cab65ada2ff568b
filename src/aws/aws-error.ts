/** The members of an AWS SDK v3 error (a smithy `ServiceException`) that are looked at here. */
interface ServiceError {
  readonly name?: unknown;
  readonly $fault?: unknown;
  readonly $retryable?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: unknown };
  /** Of a cancelled DynamoDB transaction: one an item, with the code None for the items that are not to blame. */
  readonly CancellationReasons?: readonly ({ readonly Code?: unknown } | null)[];
}

/** Faults that AWS puts on the client's side, yet that pass with time. */
const PASSING =
  /Throttl|TooManyRequests|LimitExceeded|RequestTimeout|SlowDown|ThroughputExceeded|TransactionConflict|TransactionInProgress|PriorRequestNotComplete/;

/** Statuses that pass with time. The AWS SDK retries these, and 408 by its name, RequestTimeout. */
const PASSING_STATUS: ReadonlySet<unknown> = new Set([408, 429, 500, 502, 503, 504]);

/** The service's own faults, as they are named where there is no error but a code. */
const ITS_OWN = /^Internal|ServiceUnavailable/;

/** Whether what one entry of a batch was refused with passes with time. Source: the API references of the batch operations. */
export function awsCodePasses(code: string): boolean {
  return PASSING.test(code) || ITS_OWN.test(code);
}

/** A cancelled transaction says why in its reasons alone: it passes when each of them does. */
function reasonsPass(reasons: unknown): boolean {
  if (!Array.isArray(reasons)) return false;
  const codes = reasons.map((reason) => String(reason?.Code ?? "None")).filter((code) => code !== "None");
  return codes.length > 0 && codes.every((code) => PASSING.test(code));
}

/** The HTTP status of the answer that an error of AWS is made of. */
export function awsStatusOf(error: unknown): unknown {
  return (Object(error) as ServiceError).$metadata?.httpStatusCode;
}

/**
 * Whether an AWS error says that the same request can succeed later; undefined when it is none of AWS's.
 *
 * A client's fault (validation, permissions, a missing resource) will not; throttling and the service's own will, and so
 * will a transaction that throttled items or other transactions cancelled. The answer's status goes before `$fault`: older clients
 * call every error that they have no model of a client's fault, a 503 as well.
 * Source: AWS SDKs and Tools Reference Guide, "Retry behavior".
 */
export function awsSaysRetryable(error: unknown): boolean | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { name, $fault, $retryable, $metadata, CancellationReasons }: ServiceError = error;
  if ($fault !== "client" && $fault !== "server") return undefined;
  if ($fault === "server" || $retryable !== undefined) return true;
  if (PASSING_STATUS.has($metadata?.httpStatusCode) || (typeof name === "string" && PASSING.test(name))) {
    return true;
  }
  return reasonsPass(CancellationReasons);
}
