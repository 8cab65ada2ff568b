/**
 * One port for HTTP/1.1 and for HTTP/2 without TLS: the AWS SDK for JavaScript speaks HTTP/2 to Kinesis, other
 * clients HTTP/1.1. An HTTP/2 client says so with its first bytes (RFC 9113, 'HTTP/2 Connection Preface').
 */
import { createServer as createHttp1Server, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from "node:http2";
import { createServer, type Socket } from "node:net";
import type { Running } from "../services.ts";
import { listenOnLoopback } from "./loopback.ts";

export type Listener = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void;

/** No HTTP/1.1 method that we serve begins so. */
const PREFACE = Buffer.from("PRI");

/** Starts on a free loopback port. `stop` also closes connections that are in use. */
export async function startBothProtocols(listener: Listener): Promise<Running & { readonly port: number }> {
  const http1 = createHttp1Server({ keepAliveTimeout: 0 }, listener);
  const http2 = createHttp2Server({}, listener);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let began = Buffer.alloc(0);
    const look = (chunk: Buffer): void => {
      began = Buffer.concat([began, chunk]);
      const undecided = began.length < PREFACE.length && PREFACE.subarray(0, began.length).equals(began);
      if (undecided) return;
      socket.off("data", look);
      socket.pause();
      socket.unshift(began);
      const speaksHttp2 = began.subarray(0, PREFACE.length).equals(PREFACE);
      (speaksHttp2 ? http2 : http1).emit("connection", socket);
      // An HTTP/2 session reads from the connection itself.
      if (!speaksHttp2) socket.resume();
    };
    socket.on("data", look);
  });
  const port = await listenOnLoopback(server);
  return {
    port,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
