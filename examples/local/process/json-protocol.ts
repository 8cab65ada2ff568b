/**
 * The AWS JSON protocols: a POST names its operation in X-Amz-Target, and has its answer, or an error's code as
 * `__type`, as JSON.
 *
 * Source: Smithy, 'AWS JSON 1.0 protocol' and 'AWS JSON 1.1 protocol'.
 */
import { randomUUID } from "node:crypto";
import type { Listener } from "./both-protocols.ts";
import { readBody } from "./http-server.ts";
import { RequestError } from "./request-error.ts";

/** A request's body, of which nothing is known yet. */
export type JsonBody = Readonly<Record<string, unknown>>;

/** The request that a body came with. */
export interface JsonRequest {
  /** The host that the client reached us by, with its port. */
  readonly host: string | undefined;
  /** Calls `fn` once the client goes away before it was answered. Returns the cancellation. */
  onGone(fn: () => void): () => void;
}

export type JsonOperation = (body: JsonBody, request: JsonRequest) => unknown;

export interface JsonApi {
  /** The service as people call it. */
  readonly name: string;
  readonly version: "1.0" | "1.1";
  /** What X-Amz-Target names before the operation. */
  readonly target: string;
  /** By name. A RequestError that one throws is the answer. */
  readonly operations: Readonly<Record<string, JsonOperation>>;
  /** Why there are no others, in words for the user. */
  readonly limits?: string;
  readonly maxBodyBytes: number;
  /** The codes for a body beyond it, and for what went wrong here. */
  readonly tooLarge: string;
  readonly internal: string;
  /**
   * For a service that spoke the query protocol before: what an error's code was there, and its shape's name.
   * Source: Smithy, 'awsQueryCompatible trait'.
   */
  readonly queryCompatible?: (code: string) => { readonly queryCode: string; readonly shape: string };
}

export function jsonListener(api: JsonApi): Listener {
  return (request, response) => {
    const send = (status: number, value: unknown): void => {
      const body = JSON.stringify(value);
      response.statusCode = status;
      response.setHeader("content-type", `application/x-amz-json-${api.version}`);
      response.setHeader("x-amzn-requestid", randomUUID());
      response.end(body);
    };
    const refuse = (status: number, code: string, message: string): void => {
      const { queryCode, shape = code } = api.queryCompatible?.(code) ?? {};
      const fault = status < 500 ? "Sender" : "Receiver";
      if (queryCode !== undefined) response.setHeader("x-amzn-query-error", `${queryCode};${fault}`);
      send(status, { __type: shape, message });
    };
    answer(api, request, response).then(
      (result) => send(200, result),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        if (error instanceof RequestError) refuse(400, error.code, message);
        else refuse(500, api.internal, message);
      },
    );
  };
}

async function answer(api: JsonApi, ...[request, response]: Parameters<Listener>): Promise<unknown> {
  const body = await readBody(request, api.maxBodyBytes);
  if (body === "too-large") throw new RequestError(api.tooLarge, "The request is too large.");
  const operation = operationOf(api, request.method, request.headers["x-amz-target"]);
  return operation(parseBody(body), {
    host: request.headers.host ?? request.headers[":authority"]?.toString(),
    onGone(fn) {
      response.once("close", fn);
      // It may have gone while its body was read.
      if (request.socket.destroyed) queueMicrotask(fn);
      return () => void response.off("close", fn);
    },
  });
}

function operationOf(
  { name, target, operations, limits = "" }: JsonApi,
  method: string | undefined,
  header: string | readonly string[] | undefined,
): JsonOperation {
  const prefix = `${target}.`;
  const operation =
    typeof header === "string" && header.startsWith(prefix) ? header.slice(prefix.length) : "";
  if (method !== "POST" || operation === "") {
    throw new RequestError(
      "UnknownOperationException",
      `This is ${name}: POST with the header X-Amz-Target: ${target}.<Operation>.`,
    );
  }
  const serve = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
  if (serve !== undefined) return serve;
  throw new RequestError(
    "UnknownOperationException",
    `${name}: ${operation} is not served here${limits === "" ? "" : `; ${limits}`}. Served: ${Object.keys(operations).join(", ")}.`,
  );
}

function parseBody(body: string): JsonBody {
  let value: unknown;
  try {
    value = JSON.parse(body === "" ? "{}" : body);
  } catch {
    throw new RequestError("SerializationException", "The body is not JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new RequestError("SerializationException", "The body is not a JSON object.");
  }
  return { ...value };
}
