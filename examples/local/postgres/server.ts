import { createServer, type Server, type Socket } from "node:net";
import { listenOnLoopback } from "../process/loopback.ts";
import type { Running } from "../services.ts";
import { startBackend } from "./backend.ts";
import { type DecideQuery, serveSession } from "./session.ts";
import { turns } from "./turns.ts";

export interface Postgres extends Running {
  /** Another port of the same server: what a client asks there goes as is decided. Without a decision all goes well. */
  listen(decide?: DecideQuery): Promise<number>;
  /** Every connection there is breaks, whatever its client is doing. */
  disconnectAll(): void;
}

/**
 * PostgreSQL on loopback, in memory: PGlite, with no more than one transaction at a time. It takes any user and
 * password, has the database `postgres`, and keeps nothing that is a session's own: named statements, SET, LISTEN.
 *
 * It listens at once, and answers when PGlite is there; when that fails, connections break, and no more are taken.
 */
export function startPostgres(): Postgres {
  const backend = startBackend(() => void close());
  const order = turns();
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  let sessions = 0;
  const disconnectAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  async function close(): Promise<void> {
    const closed = servers.splice(0).map((server) => new Promise<void>((done) => server.close(() => done())));
    disconnectAll();
    await Promise.all(closed);
  }
  return {
    disconnectAll,
    async listen(decide = () => undefined) {
      const server = createServer((socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
        serveSession(socket, { id: ++sessions, backend, turns: order, decide });
      });
      servers.push(server);
      return listenOnLoopback(server);
    },
    async stop() {
      await close();
      await backend.stop();
    },
  };
}
