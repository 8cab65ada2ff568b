import type { Server } from "node:net";

/** Has a server listen on a free loopback port, and tells which. */
export function listenOnLoopback(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("the system gave no port"));
      else resolve(address.port);
    });
  });
}
