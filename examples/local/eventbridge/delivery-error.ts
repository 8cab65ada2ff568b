/** What went wrong with a delivery, in the words of EventBridge's dead-letter attributes. */
export interface DeliveryFailure {
  readonly code: string;
  readonly message: string;
  /** False for what no retry can mend: it goes to the dead-letter queue at once. */
  readonly retryable: boolean;
}

/** AWS page 'Using dead-letter queues to process undelivered events', by the error that a target answers with. */
const CODES: Readonly<Record<string, string>> = {
  ResourceNotFoundException: "NO_RESOURCE",
  QueueDoesNotExist: "NO_RESOURCE",
  NotFound: "NO_RESOURCE",
  "AWS.SimpleQueueService.NonExistentQueue": "NO_RESOURCE",
  AccessDenied: "NO_PERMISSIONS",
  AccessDeniedException: "NO_PERMISSIONS",
  InvalidRequestContentException: "INVALID_JSON",
  InvalidParameter: "INVALID_PARAMETER",
  InvalidParameterValueException: "INVALID_PARAMETER",
  InvalidParameterValue: "INVALID_PARAMETER",
  InvalidMessageContents: "INVALID_PARAMETER",
  ValidationException: "INVALID_PARAMETER",
  RequestTooLargeException: "INVALID_PARAMETER",
  TooManyRequestsException: "THROTTLING",
  ThrottlingException: "THROTTLING",
  RequestThrottled: "THROTTLING",
  TimeoutError: "TIMEOUT",
  ETIMEDOUT: "TIMEOUT",
  ECONNREFUSED: "CONNECTION_FAILURE",
  ECONNRESET: "CONNECTION_FAILURE",
  EPIPE: "CONNECTION_FAILURE",
  InternalError: "INTERNAL_ERROR",
  ServiceException: "INTERNAL_ERROR",
};

const NOT_RETRYABLE: ReadonlySet<string> = new Set([
  "NO_RESOURCE",
  "NO_PERMISSIONS",
  "INVALID_JSON",
  "INVALID_PARAMETER",
]);

const KNOWN: ReadonlySet<string> = new Set(Object.values(CODES));

/**
 * Reads what a delivery was rejected with: its `code` or `name` may be one of EventBridge's own
 * (`NO_RESOURCE`) or the target service's (`ResourceNotFoundException`). Anything else is an error of the
 * target's that a retry may mend.
 */
export function deliveryFailure(thrown: unknown): DeliveryFailure {
  const fields: Readonly<Record<string, unknown>> = typeof thrown === "object" ? { ...thrown } : {};
  const names = [fields["code"], thrown instanceof Error ? thrown.name : undefined];
  const [code = "ERROR_FROM_TARGET"] = names.flatMap((name) => {
    if (typeof name !== "string") return [];
    if (KNOWN.has(name)) return [name];
    return Object.hasOwn(CODES, name) ? [CODES[name] ?? name] : [];
  });
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code, message, retryable: !NOT_RETRYABLE.has(code) };
}
