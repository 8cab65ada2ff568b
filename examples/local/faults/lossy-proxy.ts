import { request as forward, type IncomingMessage, type ServerResponse } from "node:http";
import { startHttpServer } from "../process/http-server.ts";
import type { Running } from "../services.ts";

/** One request on its way to a service. */
export interface PassingRequest {
  /** The operation of an AWS JSON protocol: `UpdateItem`. */
  readonly operation: string;
  readonly body: string;
  /** 1 for the first request of this operation, and so on. */
  readonly count: number;
}

/** What happens to it: `deliver`; `lose-reply`: the service does the work, the client sees a reset connection;
 * `lose-request`: the connection is reset and the service never hears of it. */
export type Fate = "deliver" | "lose-reply" | "lose-request";

/**
 * Stands between a client and a service and loses what the plan says, beneath the client's own retry.
 *
 * The plan is asked once a request; what the client sends again is another request.
 */
export async function startLossyProxy(options: {
  /** The service's endpoint. Asked for with each request: it may not be known when the proxy starts. */
  readonly target: () => string;
  readonly plan: (request: PassingRequest) => Fate;
}): Promise<Running & { readonly endpoint: string; readonly seen: readonly PassingRequest[] }> {
  const seen: PassingRequest[] = [];
  const counts = new Map<string, number>();
  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await wholeBody(incoming);
    const operation =
      String(incoming.headers["x-amz-target"] ?? "")
        .split(".")
        .at(-1) ?? "";
    const count = (counts.get(operation) ?? 0) + 1;
    counts.set(operation, count);
    const passing = { operation, body: body.toString("utf8"), count };
    seen.push(passing);
    const fate = options.plan(passing);
    if (fate === "lose-request") return void incoming.socket.destroy();
    const answer = await send(new URL(incoming.url ?? "/", options.target()), incoming, body);
    const reply = await wholeBody(answer);
    if (fate === "lose-reply") return void incoming.socket.destroy();
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(reply);
  }
  const server = await startHttpServer((incoming, outgoing) => {
    // A client may be killed half-way through its request, and a service half-way through its reply.
    pass(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  return { endpoint: `http://127.0.0.1:${server.port}`, seen, stop: () => server.stop() };
}

function send(url: URL, { method, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    forward(url, { method, headers }, resolve).on("error", reject).end(body);
  });
}

async function wholeBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
