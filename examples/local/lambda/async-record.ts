import type { LambdaFunction } from "../template/stack.ts";
import type { GiveUpCondition } from "./async-policy.ts";
import type { InvokeResult } from "./invocation.ts";

/** One event in the asynchronous queue of a function. */
export interface AsyncEvent {
  readonly fn: LambdaFunction;
  readonly requestId: string;
  readonly payload: string;
  readonly source: string;
}

/**
 * The invocation record that goes to an on-success or on-failure destination (AWS page 'Capturing records of
 * Lambda asynchronous invocations'). Without a response when the function never ran.
 */
export function destinationRecord(
  event: AsyncEvent,
  condition: GiveUpCondition | "Success",
  invokeCount: number,
  last: InvokeResult | undefined,
  nowMs: number,
): string {
  const ran = last?.status === "ok" || last?.status === "error" ? last : undefined;
  return JSON.stringify({
    version: "1.0",
    timestamp: new Date(nowMs).toISOString(),
    requestContext: {
      requestId: event.requestId,
      functionArn: `${event.fn.arn}:$LATEST`,
      condition,
      approximateInvokeCount: invokeCount,
    },
    requestPayload: jsonOrText(event.payload),
    ...(ran === undefined
      ? {}
      : {
          responseContext: {
            statusCode: 200,
            executedVersion: "$LATEST",
            ...(ran.status === "error" ? { functionError: "Unhandled" } : {}),
          },
          responsePayload: jsonOrText(ran.payload),
        }),
  });
}

/**
 * What the event says round the record when the destination is a bus (AWS page 'Capturing records of Lambda
 * asynchronous invocations'). Undefined for any other destination.
 */
export function busAttributes(
  event: AsyncEvent,
  destinationArn: string,
  result: "Success" | "Failure",
): Record<string, string> | undefined {
  if (destinationArn.split(":")[2] !== "events") return undefined;
  return {
    Source: "lambda",
    DetailType: `Lambda Function Invocation Result - ${result}`,
    Resources: JSON.stringify([destinationArn, `${event.fn.arn}:$LATEST`]),
  };
}

/** The message attributes Lambda adds in a dead-letter queue (AWS page 'Adding a dead-letter queue'). */
export function deadLetterAttributes(
  event: AsyncEvent,
  last: InvokeResult | undefined,
): Record<string, string> {
  const [code, message] =
    last?.status === "error"
      ? ["200", errorMessageOf(last.payload)]
      : ["429", last?.status === "throttled" ? last.message : "Rate Exceeded."];
  // SQS refuses an attribute without a value.
  return { RequestID: event.requestId, ErrorCode: code, ErrorMessage: message.slice(0, 1024) || "unknown" };
}

/** The `errorMessage` of Lambda's error JSON, or the whole of it. */
export function errorMessageOf(payload: string): string {
  const error = jsonOrText(payload);
  const message =
    typeof error === "object" && error !== null && "errorMessage" in error ? error.errorMessage : undefined;
  return typeof message === "string" ? message : payload;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
