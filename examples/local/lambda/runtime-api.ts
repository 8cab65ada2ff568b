import type { IncomingMessage, ServerResponse } from "node:http";
import type { Disturbance } from "../faults/decide.ts";
import { readBody, sendJson, startHttpServer } from "../process/http-server.ts";
import type { Running } from "../services.ts";
import { errorPayload } from "./invocation.ts";
import { limits } from "./limits.ts";

/** What the runtime is handed by `next`. */
export interface RuntimeInvocation {
  readonly requestId: string;
  readonly payload: string;
  readonly functionArn: string;
  /** Epoch milliseconds at which the function times out. */
  readonly deadlineMs: number;
  readonly traceId: string;
  /** A fault of the run: our bootstrap kills or stops its own process at a moment within the handler. */
  readonly disturbance?: Disturbance;
}

export interface RuntimeEvents {
  /** The runtime asks for its next invocation: initialisation, or the last invocation, is over. */
  waiting(): void;
  answered(requestId: string, answer: { readonly ok: boolean; readonly payload: string }): void;
  initFailed(payload: string): void;
}

export interface RuntimeApi extends Running {
  /** `host:port`, for AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** Hands over an invocation. Only while the runtime is waiting. */
  give(invocation: RuntimeInvocation): void;
}

type State =
  | { readonly name: "starting" | "init-failed" }
  | { readonly name: "waiting"; readonly response: ServerResponse }
  | { readonly name: "running"; readonly requestId: string }
  | { readonly name: "answered"; readonly requestId: string };

const VERSION = "/2018-06-01/runtime";
const ANSWER = new RegExp(`^${VERSION}/invocation/([^/]+)/(response|error)$`);

/**
 * The Runtime API of one environment (AWS page 'Using the Lambda runtime API for custom runtimes'), for our own
 * bootstrap or any other runtime client. Strict: a wrong request id, a second answer or a `next` out of turn is
 * refused, and changes nothing.
 */
export async function startRuntimeApi(events: RuntimeEvents): Promise<RuntimeApi> {
  let state: State = { name: "starting" };

  function next(response: ServerResponse): void {
    if (state.name === "starting" || state.name === "answered") {
      state = { name: "waiting", response };
      events.waiting();
    } else {
      refuseTransition(response, "next");
    }
  }

  async function initError(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request, limits.syncPayloadBytes);
    if (state.name !== "starting") return refuseTransition(response, "init/error");
    state = { name: "init-failed" };
    sendJson(response, 202, { status: "OK" });
    events.initFailed(errorBody(body, request));
  }

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    id: string,
    kind: string,
  ): Promise<void> {
    const body = await readBody(request, limits.syncPayloadBytes);
    if (state.name === "answered" && state.requestId === id) return refuseTransition(response, kind);
    if (state.name !== "running" || state.requestId !== id) {
      return refuse(response, 400, "InvalidRequestID", `no invocation ${id} is waiting for an answer`);
    }
    state = { name: "answered", requestId: id };
    if (kind === "error") {
      sendJson(response, 202, { status: "OK" });
      events.answered(id, { ok: false, payload: errorBody(body, request) });
    } else if (request.headers["lambda-runtime-function-response-mode"] === "streaming") {
      const message = "response streaming is not served here: return the whole response";
      refuse(response, 400, "InvalidResponseMode", message);
      events.answered(id, { ok: false, payload: errorPayload("Runtime.StreamingUnsupported", message) });
    } else if (body === "too-large") {
      const message = `Response payload size exceeded maximum allowed payload size (${limits.syncPayloadBytes} bytes).`;
      refuse(response, 413, "RequestEntityTooLarge", message);
      events.answered(id, { ok: false, payload: errorPayload("Function.ResponseSizeTooLarge", message) });
    } else {
      sendJson(response, 202, { status: "OK" });
      events.answered(id, { ok: true, payload: body });
    }
  }

  function refuseTransition(response: ServerResponse, to: string): void {
    refuse(response, 403, "InvalidStateTransition", `${to} is not allowed while ${state.name}`);
  }

  const server = await startHttpServer((request, response) => {
    const path = request.url?.split("?")[0] ?? "";
    const [, id, kind] = ANSWER.exec(path) ?? [];
    const done =
      request.method === "GET" && path === `${VERSION}/invocation/next`
        ? next(response)
        : request.method === "POST" && path === `${VERSION}/init/error`
          ? initError(request, response)
          : request.method === "POST" && id !== undefined && kind !== undefined
            ? answer(request, response, id, kind)
            : refuse(response, 404, "NotFound", `the Runtime API has no ${request.method} ${path}`);
    // The runtime was killed in the middle of its request; the environment learns that from its exit.
    done?.catch(() => response.destroy());
  });

  return {
    address: `127.0.0.1:${server.port}`,
    give(invocation) {
      if (state.name !== "waiting") throw new Error(`no runtime is waiting for an invocation: ${state.name}`);
      const { response } = state;
      state = { name: "running", requestId: invocation.requestId };
      response
        .writeHead(200, {
          "content-type": "application/json",
          "lambda-runtime-aws-request-id": invocation.requestId,
          "lambda-runtime-deadline-ms": String(invocation.deadlineMs),
          "lambda-runtime-invoked-function-arn": invocation.functionArn,
          "lambda-runtime-trace-id": invocation.traceId,
          ...(invocation.disturbance === undefined
            ? {}
            : { "local-cloud-disturbance": JSON.stringify(invocation.disturbance) }),
        })
        .end(invocation.payload);
    },
    stop: () => server.stop(),
  };
}

function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  sendJson(response, status, { errorMessage, errorType });
}

/** The runtime's error JSON as it came, or one made from its error-type header when the body is none. */
function errorBody(body: string, request: IncomingMessage): string {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null) return body;
  } catch {
    // Answered below.
  }
  const type = request.headers["lambda-runtime-function-error-type"];
  return errorPayload(
    typeof type === "string" ? type : "Runtime.Unknown",
    "the runtime gave no error document",
  );
}
