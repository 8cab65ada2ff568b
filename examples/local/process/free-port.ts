import { createServer } from "node:net";

/**
 * A loopback port that is free right now, for programs that cannot be told to choose one themselves. Another
 * program may take it before they do: start them again with another port if they end at once.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("the system gave no port"));
        else resolve(address.port);
      });
    });
  });
}
