import type { Call } from "./call-shape.ts";

/** What Lambda says of an invocation. A subset of `Context` in `@types/aws-lambda`, so that its users need not install it. */
export interface LambdaContext {
  readonly functionName: string;
  readonly functionVersion: string;
  readonly invokedFunctionArn: string;
  readonly memoryLimitInMB: string;
  readonly awsRequestId: string;
  readonly logGroupName: string;
  readonly logStreamName: string;
  getRemainingTimeInMillis(): number;
}

/** The call of an invocation. */
export interface LambdaCall extends Call {
  readonly context: LambdaContext;
}
