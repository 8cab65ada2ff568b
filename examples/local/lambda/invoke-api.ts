import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody, startHttpServer } from "../process/http-server.ts";
import type { Running } from "../services.ts";
import type { LambdaFunction } from "../template/stack.ts";
import { type FunctionName, functionOf } from "./function-name.ts";
import { InvokeRejectedError, type Lambda } from "./lambda-service.ts";
import { limits } from "./limits.ts";

export interface InvokeApi extends Running {
  /** For AWS_ENDPOINT_URL_LAMBDA. */
  readonly endpoint: string;
}

/** What goes back: the body is a function's own JSON, or an error's. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** HTTP status by exception. Source: Lambda API Reference, 'Invoke', Errors. */
const statuses: Readonly<Record<string, number>> = {
  InvalidParameterValueException: 400,
  InvalidRequestContentException: 400,
  ResourceNotFoundException: 404,
  RequestTooLargeException: 413,
  TooManyRequestsException: 429,
  ServiceException: 500,
};

/**
 * Lambda's own API on a free loopback port: Invoke, for any AWS client. What a function logs is told as facts;
 * `LogType: Tail` adds nothing to the answer.
 *
 * Source: Lambda API Reference, 'Invoke'.
 */
export async function startInvokeApi(options: {
  readonly functions: readonly LambdaFunction[];
  readonly invoke: Lambda["invoke"];
  readonly invokeAsync: Lambda["invokeAsync"];
}): Promise<InvokeApi> {
  const server = await startHttpServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    const { status, headers, body } = await serve(request, requestId).catch((error: unknown) =>
      failure(error instanceof InvokeRejectedError ? error : serviceException(error)),
    );
    response.writeHead(status, {
      "content-type": "application/json",
      "x-amzn-requestid": requestId,
      ...headers,
    });
    response.end(body);
  }

  async function serve(request: IncomingMessage, requestId: string): Promise<Answer> {
    const { fn, qualifier } = addressed(request, options.functions);
    const kind = invocationType(request);
    const limit = kind === "Event" ? limits.asyncPayloadBytes : limits.syncPayloadBytes;
    const read = await readBody(request, limit);
    if (read === "too-large") {
      throw new InvokeRejectedError(
        "RequestTooLargeException",
        `Request must be smaller than ${limit} bytes for the InvokeFunction operation`,
      );
    }
    // A call without a payload gives the handler an empty object.
    const payload = read === "" ? "{}" : read;
    if (kind === "DryRun") return { status: 204, headers: {}, body: "" };
    if (kind === "Event") {
      await options.invokeAsync(fn.arn, payload, { source: "api" }, requestId);
      return { status: 202, headers: {}, body: "" };
    }
    const result = await options.invoke(fn.arn, payload, { source: "api" }, requestId);
    const version = { "x-amz-executed-version": qualifier };
    switch (result.status) {
      case "ok":
        return { status: 200, headers: version, body: result.payload };
      case "error":
        return {
          status: 200,
          headers: { ...version, "x-amz-function-error": "Unhandled" },
          body: result.payload,
        };
      case "throttled":
        return failure(new InvokeRejectedError("TooManyRequestsException", result.message), {
          Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
        });
      case "rejected":
        return failure(new InvokeRejectedError(result.code, result.message));
    }
  }

  return { endpoint: `http://127.0.0.1:${server.port}`, stop: () => server.stop() };
}

function addressed(request: IncomingMessage, functions: readonly LambdaFunction[]): FunctionName {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(pathname) ?? [];
  if (request.method !== "POST" || name === undefined) {
    throw new InvokeRejectedError(
      "ResourceNotFoundException",
      "Of Lambda's API only Invoke is served here; functions come from the template.",
    );
  }
  return functionOf(decodeURIComponent(name), searchParams.get("Qualifier") ?? undefined, functions);
}

function invocationType({ headers }: IncomingMessage): "RequestResponse" | "Event" | "DryRun" {
  if (headers["x-amz-client-context"] !== undefined) {
    throw new InvokeRejectedError(
      "InvalidParameterValueException",
      "ClientContext is not served here; send what it says within the payload.",
    );
  }
  const type = headers["x-amz-invocation-type"] ?? "RequestResponse";
  if (type === "RequestResponse" || type === "Event" || type === "DryRun") return type;
  throw new InvokeRejectedError(
    "InvalidParameterValueException",
    `${String(type)} is no InvocationType; it must be one of [Event, RequestResponse, DryRun]`,
  );
}

function failure({ code, detail }: InvokeRejectedError, more: Readonly<Record<string, string>> = {}): Answer {
  const status = statuses[code] ?? 500;
  return {
    status,
    headers: { "x-amzn-errortype": code },
    body: JSON.stringify({
      ...more,
      Type: status < 500 ? "User" : "Service",
      Message: detail,
      message: detail,
    }),
  };
}

function serviceException(error: unknown): InvokeRejectedError {
  return new InvokeRejectedError("ServiceException", error instanceof Error ? error.message : String(error));
}
