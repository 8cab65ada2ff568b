import { validateHeaderName, validateHeaderValue } from "node:http";

/** An answer to a client. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

type Fields = Readonly<Record<string, unknown>>;

/** Set from the body and the connection, whatever the function says. */
const NOT_TAKEN_OVER: ReadonlySet<string> = new Set(
  "connection keep-alive transfer-encoding content-length te trailer upgrade".split(" "),
);

/** API Gateway's own answers: `{"message":"Not Found"}`. */
export function gatewayResponse(status: number, message: string): HttpResponse {
  return {
    status,
    headers: [["content-type", "application/json"]],
    body: Buffer.from(JSON.stringify({ message })),
  };
}

/**
 * Reads what a function returned, by payload format 2.0: an object with a `statusCode` is a response; any other
 * JSON is the body of a 200. Undefined when it is a response that API Gateway cannot send (AWS page 'Create AWS
 * Lambda proxy integrations for HTTP APIs', section 'Lambda function response format').
 */
export function readResponse(payload: string): HttpResponse | undefined {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return undefined;
  }
  if (!isObject(value) || value["statusCode"] === undefined) {
    return {
      status: 200,
      headers: [["content-type", "application/json"]],
      body: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)),
    };
  }
  const status = readStatus(value["statusCode"]);
  const headers = readHeaders(value["headers"] ?? {});
  const cookies = readCookies(value["cookies"] ?? []);
  const body = readBody(value["body"] ?? "", value["isBase64Encoded"] ?? false);
  if (status === undefined || headers === undefined || cookies === undefined || body === undefined)
    return undefined;
  const typed = headers.some(([name]) => name === "content-type");
  return {
    status,
    headers: [
      ...(typed ? [] : [["content-type", "text/plain;charset=UTF-8"] as const]),
      ...headers,
      ...cookies.map((cookie) => ["set-cookie", cookie] as const),
    ],
    body,
  };
}

function readStatus(value: unknown): number | undefined {
  const status = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === "number" && Number.isInteger(status) && status >= 200 && status <= 599
    ? status
    : undefined;
}

function readHeaders(value: unknown): readonly (readonly [string, string])[] | undefined {
  if (!isObject(value)) return undefined;
  const headers: (readonly [string, string])[] = [];
  for (const [name, content] of Object.entries(value)) {
    if (!["string", "number", "boolean"].includes(typeof content)) return undefined;
    const header = [name.toLowerCase(), String(content)] as const;
    if (!isValidHeader(...header)) return undefined;
    if (!NOT_TAKEN_OVER.has(header[0])) headers.push(header);
  }
  return headers;
}

function readCookies(value: unknown): readonly string[] | undefined {
  const given: readonly unknown[] = Array.isArray(value) ? value : [undefined];
  const cookies = given.filter((cookie) => typeof cookie === "string" && isValidHeader("set-cookie", cookie));
  return cookies.length === given.length ? cookies.map(String) : undefined;
}

function readBody(body: unknown, base64: unknown): Buffer | undefined {
  if (typeof body !== "string" || typeof base64 !== "boolean") return undefined;
  return Buffer.from(body, base64 ? "base64" : "utf8");
}

function isValidHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
