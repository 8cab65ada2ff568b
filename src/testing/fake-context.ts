import type { LambdaContext } from "../core/lambda.ts";
import { RUNTIME } from "../core/runtime/context-runtime.ts";
import { type Runtime, systemRuntime } from "../core/runtime/runtime.ts";

export interface FakeContextOptions extends Partial<Omit<LambdaContext, "getRemainingTimeInMillis">> {
  /** Clock, chance and timers of the invocation. Default: the real ones. */
  readonly runtime?: Runtime;
  /** Milliseconds the invocation has, from now. Default: 3,000, as in Lambda. */
  readonly timeoutMs?: number;
}

/**
 * A Lambda context for tests, which may carry a manual clock to everything beneath the handler.
 *
 * @example
 * ```ts
 * const clock = manualRuntime();
 * const answer = await clock.run(handler(order, fakeContext({ runtime: clock, timeoutMs: 5_000 })));
 * ```
 */
export function fakeContext(options: FakeContextOptions = {}): LambdaContext {
  const { runtime = systemRuntime, timeoutMs = 3_000, ...given } = options;
  const untilMs = runtime.now() + timeoutMs;
  const functionName = given.functionName ?? "fake";
  const context = {
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    memoryLimitInMB: "128",
    awsRequestId: runtime.newId(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: "2026/01/01/[$LATEST]0123456789abcdef",
    ...given,
    getRemainingTimeInMillis: () => untilMs - runtime.now(),
    [RUNTIME]: runtime,
  };
  return context;
}
