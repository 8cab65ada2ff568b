import { randomBytes } from "node:crypto";
import { localCredentials } from "../credentials.ts";
import type { LambdaFunction } from "../template/stack.ts";

/** Where a function's built code is, and how its runtime finds the handler in it. */
export interface Bundle {
  /** Absolute folder of the bundle: LAMBDA_TASK_ROOT. */
  readonly taskRoot: string;
  /** `place-order.handler`: file without ending, then the export. */
  readonly handler: string;
}

/** The environment variables of AWS page 'Working with Lambda environment variables'; nothing is inherited from us. */
export function lambdaVariables(
  options: {
    readonly fn: LambdaFunction;
    readonly bundle: Bundle;
    readonly region: string;
    readonly serviceEnvironment: Readonly<Record<string, string>>;
  },
  runtimeApi: string,
): Record<string, string> {
  const { fn, bundle, region } = options;
  const date = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
  return {
    PATH: process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    ...options.serviceEnvironment,
    ...fn.environment,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${fn.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: fn.name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_FORMAT: fn.logFormat,
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${fn.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${date}/[$LATEST]${randomBytes(16).toString("hex")}`,
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    LAMBDA_TASK_ROOT: bundle.taskRoot,
    LAMBDA_RUNTIME_DIR: bundle.taskRoot,
    _HANDLER: bundle.handler,
  };
}

/** X-Ray's header: `Root=1-<time>-<96 bits>;Parent=<64 bits>;Sampled=1`. */
export function traceHeader(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${randomBytes(12).toString("hex")};Parent=${randomBytes(8).toString("hex")};Sampled=1`;
}
