import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { decode } from "./routes.ts";

/** An HTTP request as it arrived. */
export interface HttpRequest {
  readonly method: string;
  /** The request target: `/orders?from=a%20b`. */
  readonly url: string;
  /** `HTTP/1.1`. */
  readonly protocol: string;
  readonly sourceIp: string;
  /** Names and values in turn, as they arrived. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface EventContext {
  readonly accountId: string;
  readonly apiId: string;
  readonly region: string;
  readonly stage: string;
  readonly routeKey: string;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly traceId: string;
  readonly nowMs: number;
}

/** Headers of the connection to the gateway, which it does not pass on; cookies have a field of their own. */
const NOT_PASSED_ON: ReadonlySet<string> = new Set(
  "connection keep-alive proxy-connection transfer-encoding te trailer upgrade expect cookie".split(" "),
);

const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** A request's path and query string. */
export function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const [path = "", ...query] = url.split("?");
  return { path: path.startsWith("/") ? path : `/${path}`, query: query.join("?") };
}

/**
 * The event of a Lambda proxy integration, payload format 2.0 (AWS page 'Create AWS Lambda proxy integrations
 * for HTTP APIs'). As HTTP APIs do, `rawPath` is percent-decoded and `rawQueryString` is not; a field without
 * content is absent.
 */
export function payloadV2(request: HttpRequest, context: EventContext): APIGatewayProxyEventV2 {
  const { path, query } = splitUrl(request.url);
  const received = headersOf(request.rawHeaders);
  const headers = {
    ...Object.fromEntries([...received].filter(([name]) => !NOT_PASSED_ON.has(name))),
    "x-amzn-trace-id": context.traceId,
    "x-forwarded-for": join(received.get("x-forwarded-for"), request.sourceIp),
    "x-forwarded-port": received.get("host")?.split(":")[1] ?? "80",
    "x-forwarded-proto": "http",
  };
  const cookies = received
    .get("cookie")
    ?.split(/[;,]/)
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== "");
  const parameters = queryParameters(query);
  const base64 = !isText(received.get("content-type"), request.body);
  const rawPath = decode(path);
  return {
    version: "2.0",
    routeKey: context.routeKey,
    rawPath,
    rawQueryString: query,
    ...(cookies === undefined ? {} : { cookies }),
    headers,
    ...(parameters === undefined ? {} : { queryStringParameters: parameters }),
    requestContext: {
      accountId: context.accountId,
      apiId: context.apiId,
      domainName: `${context.apiId}.execute-api.${context.region}.amazonaws.com`,
      domainPrefix: context.apiId,
      http: {
        method: request.method,
        path: rawPath,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: received.get("user-agent") ?? "",
      },
      requestId: context.requestId,
      routeKey: context.routeKey,
      stage: context.stage,
      time: commonLogTime(context.nowMs),
      timeEpoch: context.nowMs,
    },
    ...(context.pathParameters === undefined ? {} : { pathParameters: { ...context.pathParameters } }),
    ...(request.body.length === 0 ? {} : { body: request.body.toString(base64 ? "base64" : "utf8") }),
    isBase64Encoded: base64 && request.body.length > 0,
  };
}

/** Names in lower case; what was sent several times is joined by commas. */
function headersOf(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? "";
    headers.set(name, join(headers.get(name), rawHeaders[at + 1] ?? ""));
  }
  return headers;
}

const join = (before: string | undefined, value: string): string =>
  before === undefined ? value : `${before},${value}`;

function queryParameters(query: string): Record<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    parameters.set(name, join(parameters.get(name), value));
  }
  return parameters.size === 0 ? undefined : Object.fromEntries(parameters);
}

/**
 * Whether the body goes into the event as text: observed of HTTP APIs, which take as text nothing but `text/*`
 * and these three types, not even a form or a body without a type. Bytes that are no UTF-8 are never text.
 */
function isText(contentType: string | undefined, body: Buffer): boolean {
  const type = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const textual = type.startsWith("text/") || /^application\/(json|xml|javascript)$/.test(type);
  return textual && Buffer.from(body.toString("utf8")).equals(body);
}

/** `12/Mar/2026:19:03:58 +0000`. */
function commonLogTime(epochMs: number): string {
  const date = new Date(epochMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
