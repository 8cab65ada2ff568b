import { createServer } from "node:net";
import { listenOnLoopback } from "./loopback.ts";

/**
 * A loopback port that is free right now, for programs that cannot be told to choose one themselves. Another
 * program may take it before they do: start them again with another port if they end at once.
 */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnLoopback(server);
  await new Promise((closed) => server.close(closed));
  return port;
}
