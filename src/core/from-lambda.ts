import { InvalidOptionError } from "./errors.ts";
import type { Fn } from "./fn.ts";
import type { LambdaCall } from "./lambda.ts";
import { refuseStreaming } from "./wrap-handler.ts";

/** A handler as `@types/aws-lambda` describes it. Its context is that package's `Context`, a superset of ours. */
// biome-ignore lint/suspicious/noConfusingVoidType: callback handlers are declared to return void.
export type LambdaHandler<E, R> = (event: E, context: never, callback: never) => Promise<R> | void;

/**
 * Takes a handler written for Lambda itself, so that it can be wrapped without being rewritten.
 *
 * Its types come from `@types/aws-lambda` (`SQSHandler`, `Handler<E, R>`). A handler that declares a callback is
 * served as well, though Lambda's Node.js 24 runtime no longer does.
 *
 * @example
 * ```ts
 * export const handler = wrapHandler(fromLambda(existingHandler), logged());
 * ```
 */
export function fromLambda<E, R>(handler: LambdaHandler<E, R>): Fn<E, R, LambdaCall> {
  if (typeof handler !== "function")
    throw new InvalidOptionError("fromLambda", "it takes the handler function");
  refuseStreaming(handler);
  const invoke = handler as unknown as (
    event: E,
    context: LambdaCall["context"],
    callback?: (error: unknown, result: R) => void,
  ) => Promise<R>;
  if (handler.length < 3) return async (event, call) => invoke(event, call.context);
  return (event, call) =>
    new Promise((resolve, reject) => {
      const answer: unknown = invoke(event, call.context, (error, result) =>
        error === undefined || error === null ? resolve(result) : reject(error),
      );
      if (answer instanceof Promise) answer.then(resolve, reject);
    });
}
