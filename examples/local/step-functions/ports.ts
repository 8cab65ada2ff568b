import type { IntegratedService } from "./resources.ts";
import type { Json } from "./states.ts";

/** What becomes of a synchronous call of a function. */
export type FunctionResult =
  | { readonly status: "ok"; readonly requestId: string; readonly payload: string }
  /** The payload is Lambda's error JSON. */
  | { readonly status: "error"; readonly requestId: string; readonly payload: string }
  | { readonly status: "throttled"; readonly message: string }
  | { readonly status: "rejected"; readonly code: string; readonly message: string };

/** Invokes a function by its ARN or name. Never rejects. */
export type InvokeFunction = (functionName: string, payload: string) => Promise<FunctionResult>;

/** Calls one operation of a service; rejects with the service's error, whose name is the exception's. */
export type ServiceCall = (
  service: Exclude<IntegratedService, "lambda">,
  action: string,
  parameters: Json,
) => Promise<Json>;
