import { openCall, scopeOf } from "./call.ts";
import { HoldfastError } from "./errors.ts";
import type { Fn } from "./fn.ts";
import type { LambdaCall, LambdaContext } from "./lambda.ts";
import type { Policy } from "./policy.ts";
import { contextRuntime } from "./runtime/context-runtime.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { compose, settled } from "./wrap.ts";

/**
 * Turns a function into a handler, what Lambda (or any other host) calls with an event and a context.
 *
 * The call's deadline comes from `context.getRemainingTimeInMillis()`; without that method there is none. Once the
 * handler has settled, wrapped functions refuse to start through its call: whatever thaws later finds it ended.
 *
 * A handler written for Lambda itself, typed by `@types/aws-lambda`, goes through `fromLambda` first.
 * Response-streaming handlers are refused with `STREAMING_HANDLER`: bytes already sent cannot be retried.
 *
 * @example
 * ```ts
 * export const handler = wrapHandler(placeOrder, logged(), deadline({ reserveMs: 500 }));
 * ```
 */
export function wrapHandler<E, R>(
  fn: Fn<E, R, LambdaCall>,
  ...policies: readonly Policy<NoInfer<E>, NoInfer<R>>[]
): (event: E, context: LambdaContext) => Promise<R> {
  const run = compose("wrapHandler", fn, policies);
  refuseStreaming(fn);
  return function handler(event, context) {
    if (isStream(context)) return Promise.reject(streamingHandler());
    const call: LambdaCall = openInvocation(context);
    const scope = scopeOf(call);
    return settled(run, event, call).then(
      (result) => {
        scope.end();
        return result;
      },
      (error) => {
        scope.end();
        throw error;
      },
    );
  };
}

function openInvocation(context: LambdaContext): LambdaCall {
  const runtime = contextRuntime(context);
  const call = openCall({ runtime, deadlineMs: () => deadlineOf(context, runtime) }) as Mutable<LambdaCall>;
  call.context = context;
  return call;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Asked once, when something first depends on it. Hosts other than Lambda, and tests, may have no such method. */
function deadlineOf(context: LambdaContext, runtime: Runtime): number {
  const remainingMs = (context as Partial<LambdaContext> | undefined)?.getRemainingTimeInMillis?.();
  const limited = typeof remainingMs === "number" && Number.isFinite(remainingMs);
  return limited ? runtime.now() + remainingMs : Number.POSITIVE_INFINITY;
}

/** How `awslambda.streamifyResponse` marks a handler (AWS Lambda runtime interface client for Node.js). */
const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");

/** Throws when `awslambda.streamifyResponse` was applied beneath. */
export function refuseStreaming(fn: object): void {
  if (STREAMING in fn) throw streamingHandler();
}

/** Applied above, it hands over (event, responseStream, context). */
function isStream(value: unknown): boolean {
  return typeof value === "object" && value !== null && "write" in value && typeof value.write === "function";
}

function streamingHandler(): HoldfastError {
  return new HoldfastError(
    "STREAMING_HANDLER",
    "wrapHandler does not take response-streaming handlers: bytes already sent cannot be retried or replayed. " +
      "Keep awslambda.streamifyResponse outside, unwrapped, and wrap the outbound calls inside it: wrap(fn, …) with rootCall().",
  );
}
