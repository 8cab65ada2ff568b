export type { Call, CallChanges } from "./core/call.ts";
export { deriveCall, refusal, report, runtimeOf } from "./core/call.ts";
export { deadline } from "./core/deadline.ts";
export {
  DeadlineExceededError,
  HoldfastError,
  type HoldfastErrorOptions,
  hasCode,
  InvalidOptionError,
  RetryableError,
  TerminalError,
} from "./core/errors.ts";
export type { Fn } from "./core/fn.ts";
export { fromLambda, type LambdaHandler } from "./core/from-lambda.ts";
export type { LambdaCall, LambdaContext } from "./core/lambda.ts";
export { observed } from "./core/observed.ts";
export type { Fact, Observer } from "./core/observer.ts";
export type { Policy } from "./core/policy.ts";
export { type RootCall, type RootCallOptions, rootCall } from "./core/root-call.ts";
export type { CancelTimer, Runtime } from "./core/runtime/runtime.ts";
export { sleep } from "./core/sleep.ts";
export { TimeoutError, timeout } from "./core/timeout.ts";
export { wrap } from "./core/wrap.ts";
export { wrapHandler } from "./core/wrap-handler.ts";
