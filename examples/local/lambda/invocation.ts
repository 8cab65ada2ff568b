import type { FaultDecisions } from "../faults/decide.ts";

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

/** What a run does to functions on purpose; see `faults/plan.ts`. */
export type LambdaFaults = Pick<FaultDecisions, "invocation" | "duplicate" | "reorder" | "clockSkewMs">;

/** Lambda's error JSON. */
export function errorPayload(errorType: string, errorMessage: string): string {
  return JSON.stringify({ errorType, errorMessage, trace: [] });
}
