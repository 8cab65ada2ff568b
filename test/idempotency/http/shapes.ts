/** Every way in which a request reaches a function and its answer leaves it, behind one form: the same rules are run on each. */
import type { ALBEvent, APIGatewayProxyEvent, APIGatewayProxyEventV2 } from "aws-lambda";
import type { Call } from "holdfast";
import type { WithUnit } from "holdfast/idempotency";
import {
  type HttpEvent,
  type IdempotentHttpOptions,
  idempotentFetch,
  idempotentHttp,
} from "holdfast/idempotency/http";

export type HeaderLines = readonly (readonly [name: string, value: string])[];

export interface TestRequest {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: HeaderLines;
  readonly body?: string | Uint8Array;
}

export interface TestAnswer {
  readonly status: number;
  readonly headers?: HeaderLines;
  readonly body?: string | Uint8Array;
}

/** As a client sees it. */
export interface Received {
  readonly status: number;
  /** Names in lower case, each with its values in order. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly bytes: Buffer;
  readonly text: string;
}

/** What the function sees and does. `transact` is the unit's, with an answer in the shape's own form. */
export interface Handled {
  readonly body: Buffer;
  readonly call: Call & WithUnit;
  transact(items: readonly object[], answer: TestAnswer): Promise<TestAnswer>;
}
export type Handle = (handled: Handled) => Promise<TestAnswer>;

/** `callerIn` is the tenant: the value of the header x-caller. */
export type ShapeOptions = Omit<IdempotentHttpOptions<unknown, unknown>, "tenant" | "payload"> & {
  readonly hasTenant?: boolean;
};

export interface Shape {
  readonly name: string;
  /** Whether names of headers arrive as the client spelt them. */
  readonly keepsCase: boolean;
  /** Whether all values of a header that was sent twice arrive. */
  readonly showsAll: boolean;
  /** Whether an answer can have a header several times, beside Set-Cookie. */
  readonly hasManyValues: boolean;
  serve(handle: Handle, options: ShapeOptions): (request: TestRequest, call: Call) => Promise<Received>;
}

/** Gateways hand over as text what they know to be text. */
function encoded(body: string | Uint8Array | undefined): { body: string | null; isBase64Encoded: boolean } {
  if (body === undefined) return { body: null, isBase64Encoded: false };
  if (typeof body === "string") return { body, isBase64Encoded: false };
  return { body: Buffer.from(body).toString("base64"), isBase64Encoded: true };
}

function joined(headers: HeaderLines): Record<string, string> {
  const all: Record<string, string> = {};
  for (const [given, value] of headers) {
    const name = given.toLowerCase();
    all[name] = all[name] === undefined ? value : `${all[name]},${value}`;
  }
  return all;
}

function listed(headers: HeaderLines, lower = false): Record<string, string[]> {
  const all: Record<string, string[]> = {};
  for (const [given, value] of headers) {
    const name = lower ? given.toLowerCase() : given;
    all[name] = [...(all[name] ?? []), value];
  }
  return all;
}

function queryOf(query: string): Record<string, string[]> | null {
  const all = listed([...new URLSearchParams(query)]);
  return Object.keys(all).length === 0 ? null : all;
}

const lastOf = (all: Record<string, string[]> | null): Record<string, string> | null =>
  all && Object.fromEntries(Object.entries(all).map(([name, values]) => [name, values.at(-1) ?? ""]));

export function restEvent({
  method = "POST",
  path = "/orders",
  query = "",
  headers = [],
  body,
}: TestRequest): APIGatewayProxyEvent {
  const many = listed(headers);
  return {
    resource: path,
    path,
    httpMethod: method,
    headers: lastOf(many) ?? {},
    multiValueHeaders: many,
    queryStringParameters: lastOf(queryOf(query)),
    multiValueQueryStringParameters: queryOf(query),
    pathParameters: null,
    stageVariables: null,
    requestContext: { stage: "prod", requestId: "r" } as APIGatewayProxyEvent["requestContext"],
    ...encoded(body),
  };
}

export function httpApiEvent({
  method = "POST",
  path = "/orders",
  query = "",
  headers = [],
  body,
}: TestRequest): APIGatewayProxyEventV2 {
  const { body: text, isBase64Encoded } = encoded(body);
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: query,
    headers: joined(headers),
    requestContext: {
      stage: "$default",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "test" },
    } as APIGatewayProxyEventV2["requestContext"],
    ...(text === null ? {} : { body: text }),
    isBase64Encoded,
  };
}

export function albEvent(
  { method = "POST", path = "/orders", query = "", headers = [], body }: TestRequest,
  many: boolean,
): ALBEvent {
  const { body: text, isBase64Encoded } = encoded(body);
  const values = listed(headers, true);
  return {
    requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:…" } },
    httpMethod: method,
    path,
    ...(many
      ? { multiValueHeaders: values, multiValueQueryStringParameters: queryOf(query) ?? {} }
      : { headers: lastOf(values) ?? {}, queryStringParameters: lastOf(queryOf(query)) ?? {} }),
    body: text ?? "",
    isBase64Encoded,
  };
}

/** What the function returns, as each service wants it. */
interface LambdaForm {
  readonly event: (request: TestRequest) => HttpEvent;
  readonly answer: (answer: TestAnswer) => object;
}

const textOf = (body: TestAnswer["body"]): { body: string; isBase64Encoded: boolean } => {
  const { body: text, isBase64Encoded } = encoded(body ?? "");
  return { body: text ?? "", isBase64Encoded };
};

const single = ({ status, headers = [], body }: TestAnswer): object => ({
  statusCode: status,
  headers: Object.fromEntries(headers),
  ...textOf(body),
});
const multi = ({ status, headers = [], body }: TestAnswer): object => ({
  statusCode: status,
  multiValueHeaders: listed(headers),
  ...textOf(body),
});
const withCookies = ({ status, headers = [], body }: TestAnswer): object => ({
  statusCode: status,
  headers: joined(headers.filter(([name]) => name.toLowerCase() !== "set-cookie")),
  cookies: headers.filter(([name]) => name.toLowerCase() === "set-cookie").map(([, value]) => value),
  ...textOf(body),
});

/** Read from what the Lambda service is handed: JSON. `readsMany`: whether single values are ignored. */
function received(value: unknown, readsMany: boolean): Received {
  const answer = JSON.parse(JSON.stringify(value));
  const headers: Record<string, string[]> = {};
  const add = (name: string, each: readonly unknown[]): void => {
    headers[name.toLowerCase()] = [...(headers[name.toLowerCase()] ?? []), ...each.map(String)];
  };
  if (!readsMany) for (const [name, each] of Object.entries(answer.headers ?? {})) add(name, [each]);
  for (const [name, each] of Object.entries(answer.multiValueHeaders ?? {})) add(name, each as unknown[]);
  if (answer.cookies?.length > 0) add("set-cookie", answer.cookies);
  const bytes = Buffer.from(answer.body ?? "", answer.isBase64Encoded === true ? "base64" : "utf8");
  return { status: answer.statusCode, headers, bytes, text: bytes.toString() };
}

function lambdaShape(
  name: string,
  form: LambdaForm,
  facts: Partial<Pick<Shape, "keepsCase" | "showsAll" | "hasManyValues">> & { readsMany?: boolean },
): Shape {
  const { keepsCase = false, showsAll = true, hasManyValues = false, readsMany = false } = facts;
  return {
    name,
    keepsCase,
    showsAll,
    hasManyValues,
    serve(handle, { hasTenant = false, ...options }) {
      const fn = idempotentHttp(
        async (event: HttpEvent, call: Call & WithUnit): Promise<object> => {
          const body = Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8");
          const plain = await handle({
            body,
            call,
            async transact(items, answer) {
              await call.unit.transact(items, form.answer(answer));
              return answer;
            },
          });
          return form.answer(plain);
        },
        {
          ...options,
          ...(hasTenant
            ? {
                tenant: (event) =>
                  [event.multiValueHeaders?.["x-caller"] ?? event.headers?.["x-caller"]].flat()[0],
              }
            : {}),
        },
      );
      return async (request, call) => received(await fn(form.event(request), call), readsMany);
    },
  };
}

export function fetchRequestOf({
  method = "POST",
  path = "/orders",
  query = "",
  headers = [],
  body,
}: TestRequest): Request {
  return new Request(`https://api.example.com${path}${query === "" ? "" : `?${query}`}`, {
    method,
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    ...(body === undefined ? {} : { body: body as string }),
  });
}

export function responseOf({ status, headers = [], body }: TestAnswer): Response {
  const list = headers.map(([name, value]): [string, string] => [name, value]);
  return new Response((body ?? null) as string | null, { status, headers: list });
}

export async function receivedFrom(response: Response): Promise<Received> {
  const headers: Record<string, string[]> = {};
  for (const [name, value] of response.headers) headers[name] = [...(headers[name] ?? []), value];
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers, bytes, text: bytes.toString() };
}

const fetchShape: Shape = {
  name: "fetch",
  keepsCase: false,
  showsAll: true,
  hasManyValues: true,
  serve(handle, { hasTenant = false, ...options }) {
    const fn = idempotentFetch(
      async (request: Request, call: Call & WithUnit) => {
        const plain = await handle({
          body: Buffer.from(await request.arrayBuffer()),
          call,
          async transact(items, answer) {
            await call.unit.transact(items, responseOf(answer));
            return answer;
          },
        });
        return responseOf(plain);
      },
      { ...options, ...(hasTenant ? { tenant: (request) => request.headers.get("x-caller") } : {}) },
    );
    return async (request, call) => receivedFrom(await fn(fetchRequestOf(request), call));
  },
};

export const shapes: readonly Shape[] = [
  lambdaShape(
    "API Gateway, payload 1.0",
    { event: restEvent, answer: multi },
    { keepsCase: true, hasManyValues: true },
  ),
  lambdaShape("API Gateway and function URLs, payload 2.0", { event: httpApiEvent, answer: withCookies }, {}),
  lambdaShape(
    "load balancer",
    { event: (request) => albEvent(request, false), answer: single },
    { showsAll: false },
  ),
  lambdaShape(
    "load balancer with multi-value headers",
    { event: (request) => albEvent(request, true), answer: multi },
    { hasManyValues: true, readsMany: true },
  ),
  fetchShape,
];
