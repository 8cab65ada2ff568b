import type { LambdaFunction } from "../template/stack.ts";
import { InvokeRejectedError } from "./lambda-service.ts";

/** A function and the version that a request asks for; here there is only one. */
export interface FunctionName {
  readonly fn: LambdaFunction;
  readonly qualifier: "$LATEST";
}

/**
 * Reads a function's name, full ARN or partial ARN (`123456789012:function:name`), with or without a qualifier.
 * Source: Lambda API Reference, 'Invoke', FunctionName.
 *
 * @throws InvokeRejectedError for a function or a version that is not there.
 */
export function functionOf(
  text: string,
  qualifierParameter: string | undefined,
  functions: readonly LambdaFunction[],
): FunctionName {
  const [, arnPrefix, accountId, name = "", suffix] =
    /^(arn:[^:]+:lambda:[^:]+:)?(?:(\d{12}):)?(?:function:)?([A-Za-z0-9_-]+)(?::([A-Za-z0-9_$-]+))?$/.exec(
      text,
    ) ?? [];
  const qualifier = suffix ?? qualifierParameter ?? "$LATEST";
  if (suffix !== undefined && qualifierParameter !== undefined && suffix !== qualifierParameter) {
    throw new InvokeRejectedError(
      "InvalidParameterValueException",
      `The qualifier ${qualifierParameter} is not the one of ${text}.`,
    );
  }
  const prefix = accountId === undefined ? undefined : `${arnPrefix ?? ""}${accountId}:function:${name}`;
  const fn = functions.find(
    (candidate) => candidate.name === name && (prefix === undefined || candidate.arn.endsWith(prefix)),
  );
  if (fn === undefined || qualifier !== "$LATEST") {
    throw new InvokeRejectedError(
      "ResourceNotFoundException",
      `Function not found: ${text}${qualifier === "$LATEST" ? "" : `; it has no version or alias ${qualifier}`}`,
    );
  }
  return { fn, qualifier };
}
