import { connect, createServer, type Socket } from "node:net";
import { listenOnLoopback } from "../../examples/local/process/loopback.ts";

/** Stands between a client and the server. */
export interface LosingProxy {
  readonly port: number;
  /** How many requests with this text have come. */
  seen(text: string): number;
  /** Lets the next request with this text reach the server, and cuts the connection instead of handing on its reply. */
  loseReplyTo(text: string): void;
  stop(): void;
}

export async function startLosingProxy(serverPort: number): Promise<LosingProxy> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let loses: string | undefined;

  const server = createServer((client) => {
    const upstream = connect(serverPort, "127.0.0.1");
    let losing = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (chunk) => {
      const text = chunk.toString("latin1");
      requests.push(text);
      if (loses !== undefined && text.includes(loses)) {
        losing = true;
        loses = undefined;
      }
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      if (losing) client.destroy();
      else client.write(chunk);
    });
  });

  const port = await listenOnLoopback(server);
  return {
    port,
    seen: (text) => requests.filter((request) => request.includes(text)).length,
    loseReplyTo(text) {
      loses = text;
    },
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
