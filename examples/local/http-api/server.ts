import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { startHttpServer } from "../process/http-server.ts";
import type { CloudClock, Observe, Running } from "../services.ts";
import type { HttpApi } from "../template/stack.ts";
import { type HttpRequest, payloadV2, splitUrl } from "./payload-v2.ts";
import { gatewayResponse, type HttpResponse, readResponse } from "./response.ts";
import { compileRoutes, decode } from "./routes.ts";

/** What Lambda answers to a synchronous invocation: what the handler returned, or why there is nothing. */
export type Invoke = (
  functionArn: string,
  payload: string,
) => Promise<
  | { readonly status: "ok"; readonly payload: string }
  | { readonly status: "error" | "throttled" | "rejected" }
>;

export interface HttpApiOptions {
  readonly api: HttpApi;
  readonly invoke: Invoke;
  readonly clock: CloudClock;
  readonly observe: Observe;
  readonly accountId: string;
  readonly region: string;
}

export interface HttpApiFront extends Running {
  /** Where clients send requests, with the stage when it is a named one. */
  readonly endpoint: string;
}

/** AWS page 'Quotas for configuring and running an HTTP API': payload size. */
const MAX_BODY_BYTES = 10 * 1_048_576;

/** Starts an HTTP API on a free loopback port: requests become events of format 2.0 for the routes' functions. */
export async function startHttpApi(options: HttpApiOptions): Promise<HttpApiFront> {
  const { api, clock } = options;
  const waiting = new Set<() => void>();
  const serve = gateway(options, waiting);
  const server = await startHttpServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = clock.now();
    let answered: HttpResponse;
    try {
      const body = await readBytes(request);
      answered =
        body === "too-large"
          ? gatewayResponse(413, "Request Entity Too Large")
          : await serve(received(request, body));
    } catch {
      if (request.errored !== null) return;
      answered = gatewayResponse(500, "Internal Server Error");
    }
    send(response, answered);
    try {
      options.observe({
        type: "http",
        method: request.method ?? "",
        path: splitUrl(request.url ?? "/").path,
        status: answered.status,
        durationMs: clock.now() - began,
      });
    } catch {
      // A listener that throws must not cost a request.
    }
  }

  const stage = api.stageName === "$default" ? "" : `/${api.stageName}`;
  return {
    endpoint: `http://127.0.0.1:${server.port}${stage}`,
    async stop() {
      for (const giveUp of waiting) giveUp();
      await server.stop();
    },
  };
}

/** Routes a request and invokes its function. */
function gateway({ api, invoke, clock, accountId, region }: HttpApiOptions, waiting: Set<() => void>) {
  const route = compileRoutes(api.routes);
  const stage = api.stageName === "$default" ? "" : `/${api.stageName}`;

  return async (request: HttpRequest): Promise<HttpResponse> => {
    const { path } = splitUrl(request.url);
    const inStage = stage === "" || decode(path) === stage || path.startsWith(`${stage}/`);
    const match = inStage ? route(request.method, path.slice(stage.length) || "/") : undefined;
    if (match === undefined) return gatewayResponse(404, "Not Found");
    const nowMs = clock.now();
    const event = payloadV2(request, {
      accountId,
      apiId: api.id,
      region,
      stage: api.stageName,
      routeKey: match.routeKey,
      ...(match.pathParameters === undefined ? {} : { pathParameters: match.pathParameters }),
      requestId: randomBytes(11).toString("base64url"),
      traceId: `Root=1-${Math.floor(nowMs / 1000).toString(16)}-${randomBytes(12).toString("hex")}`,
      nowMs,
    });
    const result = await within(
      match.route.timeoutMs,
      invoke(match.route.functionArn, JSON.stringify(event)),
    );
    // HTTP APIs answer 503 both when the integration's time is up and when Lambda throttles.
    if (result === "timeout" || result.status === "throttled")
      return gatewayResponse(503, "Service Unavailable");
    const response = result.status === "ok" ? readResponse(result.payload) : undefined;
    return response ?? gatewayResponse(500, "Internal Server Error");
  };

  /** The route's time runs in real milliseconds, as a function's own timeout does. */
  async function within<T>(ms: number, work: Promise<T>): Promise<T | "timeout"> {
    const timeout = Promise.withResolvers<"timeout">();
    const giveUp = (): void => timeout.resolve("timeout");
    const cancel = clock.after(ms * clock.speed, giveUp);
    waiting.add(giveUp);
    try {
      return await Promise.race([work, timeout.promise]);
    } finally {
      waiting.delete(giveUp);
      cancel();
    }
  }
}

function received(request: IncomingMessage, body: Buffer): HttpRequest {
  return {
    method: request.method ?? "GET",
    url: request.url ?? "/",
    protocol: `HTTP/${request.httpVersion}`,
    sourceIp: request.socket.remoteAddress ?? "127.0.0.1",
    rawHeaders: request.rawHeaders,
    body,
  };
}

/** The body, or `"too-large"`; the rest of a body that is too large is read and thrown away, to be able to answer. */
async function readBytes(request: IncomingMessage): Promise<Buffer | "too-large"> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    // A request without setEncoding yields Buffers.
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length <= MAX_BODY_BYTES) chunks.push(bytes);
  }
  return length > MAX_BODY_BYTES ? "too-large" : Buffer.concat(chunks);
}

function send(response: ServerResponse, { status, headers, body }: HttpResponse): void {
  for (const [name, value] of headers) response.appendHeader(name, value);
  response.setHeader("apigw-requestid", randomBytes(11).toString("base64url"));
  response.statusCode = status;
  response.end(body);
}
