/** What becomes of one run of a handler. A function error carries Lambda's own JSON: errorType, errorMessage, trace. */
export type Outcome =
  | { readonly kind: "ok"; readonly payload: string }
  | { readonly kind: "error" | "timeout" | "crash" | "init-error"; readonly payload: string };

/**
 * What a caller of Invoke gets.
 *
 * - `ok`: what the handler returned, as JSON text;
 * - `error`: a function error; `kind` says how it came about, `payload` is Lambda's error JSON;
 * - `throttled`: no concurrency left (429 TooManyRequestsException); the function did not run;
 * - `rejected`: the request itself cannot be served (unknown function, payload too large, …).
 */
export type InvokeResult =
  | { readonly status: "ok"; readonly requestId: string; readonly payload: string }
  | {
      readonly status: "error";
      readonly requestId: string;
      readonly kind: "error" | "timeout" | "crash" | "init-error";
      readonly payload: string;
    }
  | { readonly status: "throttled"; readonly requestId: string; readonly message: string }
  | {
      readonly status: "rejected";
      readonly requestId: string;
      readonly code: string;
      readonly message: string;
    };

/** An invocation as the faults of a run see it, before it starts. */
export interface InvocationInfo {
  readonly functionName: string;
  readonly requestId: string;
  readonly payload: string;
  /** `http`, `sqs:<queue>`, `kinesis:<stream>`, `dynamodb:<table>`, `async:<…>`. */
  readonly source: string;
  /** 1 for the first delivery; for a queue the highest receive count of the batch, for a stream the batch's. */
  readonly attempt: number;
}

/** What a run does to functions on purpose. The caller brings its own seeded chance. */
export interface LambdaFaults {
  /**
   * The environment's process is killed (SIGKILL) this many real milliseconds into the handler, if it still runs
   * then. Infinity: when the handler is done, before its answer is sent.
   */
  readonly killAfterMs?: (invocation: InvocationInfo) => number | undefined;
  /** Deliver the same records once more after a successful batch, as at-least-once delivery may. */
  readonly duplicateBatch?: (invocation: InvocationInfo) => boolean;
  /** Deliver the same asynchronous event once more after it succeeded, as Lambda's own queue may. */
  readonly duplicateEvent?: (invocation: InvocationInfo) => boolean;
}

/** Lambda's error JSON. */
export function errorPayload(errorType: string, errorMessage: string): string {
  return JSON.stringify({ errorType, errorMessage, trace: [] });
}
