import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { Running } from "../services.ts";
import { listenOnLoopback } from "./loopback.ts";

/** Starts an HTTP server on a free loopback port. `stop` also closes connections that are in use. */
export async function startHttpServer(
  listener: RequestListener,
): Promise<Running & { readonly port: number }> {
  // A client may be stopped between two requests for longer than any keep-alive.
  const server = createServer({ keepAliveTimeout: 0 }, listener);
  const port = await listenOnLoopback(server);
  return {
    port,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
}

/** The body as text, or `"too-large"` beyond `limit` bytes (the rest is read and thrown away, to be able to answer). */
export async function readBody(
  request: AsyncIterable<unknown>,
  limit: number,
): Promise<string | "too-large"> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    // A request without setEncoding yields Buffers.
    const bytes = chunk as Buffer;
    length += bytes.length;
    if (length <= limit) chunks.push(bytes);
  }
  return length > limit ? "too-large" : Buffer.concat(chunks).toString("utf8");
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
