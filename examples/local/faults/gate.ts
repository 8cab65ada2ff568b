import { request as forward, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { pipeline, type Writable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { type Listener, startBothProtocols } from "../process/both-protocols.ts";
import type { Running, ServiceName } from "../services.ts";
import type { RequestVerdict } from "./decide.ts";
import { errorAnswer } from "./error-answer.ts";
import { namesInBody, operationInBody, operationName } from "./operation-name.ts";

/** One request on its way to a service. */
export interface PassingRequest {
  /** `UpdateItem`; see `operationName`. */
  readonly operation: string;
  /** Path and query, as they came. */
  readonly path: string;
  /** Empty unless the gate keeps bodies. */
  readonly body: string;
  /** 1 for the first request of this operation, and so on. */
  readonly count: number;
}

export interface Gate extends Running {
  readonly endpoint: string;
  /** The requests that came, in order, when the gate keeps bodies; empty otherwise. */
  readonly seen: readonly PassingRequest[];
}

/**
 * Stands between clients and a service and does to their requests what is decided, beneath the clients' own retry:
 * what a client sends again is another request.
 *
 * Bodies are streamed, so that an upload of gigabytes passes; with `keepBodies` they are held, to decide by them and to
 * be looked at afterwards.
 */
export async function startGate(options: {
  readonly service: ServiceName;
  /** The service's endpoint. */
  readonly target: string;
  readonly decide: (request: PassingRequest) => RequestVerdict | undefined;
  readonly keepBodies?: boolean;
}): Promise<Gate> {
  const { service, decide, keepBodies = false } = options;
  const seen: PassingRequest[] = [];
  const counts = new Map<string, number>();
  const stopping = new AbortController();

  async function pass(incoming: Request, outgoing: Response): Promise<void> {
    const { method = "GET", url = "/", headers } = incoming;
    const inBody = namesInBody(service);
    const held = keepBodies || inBody ? await wholeBody(incoming) : undefined;
    const text = held?.toString("utf8") ?? "";
    const operation = inBody ? operationInBody(text) : operationName(service, { method, url, headers });
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count);
    const passing = { operation, path: url, body: keepBodies ? text : "", count };
    if (keepBodies) seen.push(passing);
    const verdict = decide(passing);
    switch (verdict?.do) {
      case "lose-request":
        return void incoming.socket.destroy();
      case "throttle":
      case "fail":
      case "fail-in-body": {
        // What is left of the body would stand in the way of the connection's next request.
        incoming.resume();
        const { status, headers, body } = errorAnswer(service, verdict.do);
        outgoing.statusCode = status;
        for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
        return void outgoing.end(body);
      }
    }
    const answer = await send(options.target, incoming, held);
    if (verdict?.do === "lose-reply") {
      // The work is done once the whole answer is there.
      answer.resume();
      await new Promise((resolve) => answer.once("close", resolve));
      return void incoming.socket.destroy();
    }
    if (verdict?.do === "delay-reply")
      await wait(verdict.delayMs ?? 0, undefined, { signal: stopping.signal });
    outgoing.statusCode = answer.statusCode ?? 502;
    for (const [name, value] of Object.entries(endToEnd(answer.headers))) {
      if (value !== undefined) outgoing.setHeader(name, value);
    }
    if (verdict?.do === "cut-reply") {
      await firstHalf(answer, outgoing);
      return void incoming.socket.destroy();
    }
    pipeline(answer, outgoing, (error) => {
      if (error) incoming.socket.destroy();
    });
  }

  const server = await startBothProtocols((incoming, outgoing) => {
    // A client may be killed half-way through its request, and a service half-way through its reply.
    pass(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    seen,
    stop() {
      stopping.abort();
      return server.stop();
    },
  };
}

type Request = Parameters<Listener>[0];
type Response = Parameters<Listener>[1];

/** Headers that speak of one connection, and HTTP/2's own, which HTTP/1.1 does not know. */
const ONE_HOP = /^(:.*|connection|keep-alive|transfer-encoding|upgrade|proxy-.*|te)$/;

function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ONE_HOP.test(name)));
}

function send(target: string, incoming: Request, held: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method, headers } = incoming;
    const { hostname, port } = new URL(target);
    // As it came: a URL would take the dots out of an S3 key like `a/../b`.
    const path = incoming.url ?? "/";
    const sent = forward({ hostname, port, path, method, headers: endToEnd(headers) }, resolve);
    sent.on("error", reject);
    if (held !== undefined) {
      sent.end(held);
      return;
    }
    pipeline(incoming, sent, (error) => {
      if (error) reject(error);
    });
  });
}

/** Hands on half of an answer, of its first piece when it does not say how long it is; resolves once that is on its way. */
async function firstHalf(answer: IncomingMessage, outgoing: Writable): Promise<void> {
  let left: number | undefined;
  for await (const chunk of answer) {
    const piece = chunk as Buffer;
    left ??= Math.ceil(Number(answer.headers["content-length"] ?? piece.length) / 2);
    const bytes = piece.subarray(0, left);
    left -= bytes.length;
    await new Promise<void>((resolve) => outgoing.write(bytes, () => resolve()));
    if (left <= 0) return;
  }
}

async function wholeBody(message: Request): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
