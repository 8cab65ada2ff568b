import { HoldfastError } from "../../core/errors.ts";
import type { HttpRequest } from "./host.ts";

/**
 * What is read of an event that carries a request: of API Gateway (payload formats 1.0 and 2.0), of a Lambda function URL, of
 * an Application Load Balancer. The types of `@types/aws-lambda` fit.
 */
export interface HttpEvent {
  /** `2.0` in payload format 2.0, where the method is in `requestContext.http`. */
  readonly version?: string | undefined;
  readonly httpMethod?: string | undefined;
  readonly path?: string | undefined;
  readonly rawPath?: string | undefined;
  readonly rawQueryString?: string | undefined;
  readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null | undefined;
  readonly multiValueQueryStringParameters?:
    | Readonly<Record<string, readonly string[] | undefined>>
    | null
    | undefined;
  readonly headers?: Readonly<Record<string, string | undefined>> | null | undefined;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null | undefined;
  readonly requestContext?: object | undefined;
  readonly body?: string | null | undefined;
  readonly isBase64Encoded?: boolean | undefined;
}

/** @throws HoldfastError `WRONG_EVENT` for an event without a method. */
export function methodOf(event: HttpEvent): string {
  const { httpMethod, requestContext } = Object(event) as HttpEvent;
  const { http } = Object(requestContext) as { readonly http?: { readonly method?: unknown } };
  const method = http?.method ?? httpMethod;
  if (typeof method === "string" && method !== "") return method;
  throw new HoldfastError(
    "WRONG_EVENT",
    "idempotentHttp: expected an HTTP request of API Gateway, a function URL or a load balancer, and the event has no method. " +
      "Nothing was run. Look at which event source invokes this function.",
  );
}

/**
 * All values of a header. Gateways keep the client's spelling of names or do not, and a client may use two. Where there are
 * `multiValueHeaders`, `headers` has only the last value of each.
 */
export function linesOf(event: HttpEvent, header: string): readonly string[] {
  const wanted = header.toLowerCase();
  const found = (headers: Readonly<Record<string, unknown>> | null | undefined): readonly string[] =>
    Object.entries(headers ?? {})
      .filter(([name]) => name.toLowerCase() === wanted)
      .flatMap(([, value]) => value ?? [])
      .map(String);
  const all = found(event.multiValueHeaders);
  return all.length > 0 ? all : found(event.headers);
}

export function requestOf(event: HttpEvent): HttpRequest {
  const { body, isBase64Encoded } = event;
  return {
    method: methodOf(event),
    path: event.rawPath ?? event.path ?? "",
    query:
      event.rawQueryString ?? event.multiValueQueryStringParameters ?? event.queryStringParameters ?? null,
    body: Buffer.from(body ?? "", isBase64Encoded === true ? "base64" : "utf8"),
  };
}

/** Of a load balancer, which reads answers in another way. */
export function isOfLoadBalancer({ requestContext }: HttpEvent): boolean {
  return requestContext !== undefined && "elb" in requestContext;
}

/** A load balancer with multi-value headers sends them, and reads no others. */
export function wantsManyValues(event: HttpEvent): boolean {
  return isOfLoadBalancer(event) && Object(event.multiValueHeaders) === event.multiValueHeaders;
}

/** In payload format 2.0 an answer without a status is the body of a 200. */
export function mayInferAnswers({ version }: HttpEvent): boolean {
  return version === "2.0";
}
