import { Pool } from "pg";
import { required } from "./environment.ts";
import { rdsToken } from "./rds-token.ts";

/** As many entries of a batch are under way at once. Times the function's concurrency, these are the proxy's clients. */
export const CONNECTIONS = 4;

/**
 * A small pool for the life of an environment. Where to, as whom and whether by TLS pg reads from the PG… variables.
 *
 * An environment is frozen between invocations, often for minutes, and its connections die meanwhile: the proxy closes what
 * stands idle, the network forgets it. Awake again, a socket that was closed tells the pool, which drops it; one that is
 * found out by a query fails that query, and the store asks again on another. One that nobody answers at all is given up at the call's
 * deadline and closed; its entry's message comes again.
 */
export function ledgerPool(): Pool {
  const [host, port, user] = [required("PGHOST"), required("PGPORT"), required("PGUSER")];
  const pool = new Pool({
    max: CONNECTIONS,
    connectionTimeoutMillis: 2_000,
    // What has stood idle for longer may be dead; a new connection to a proxy is made in milliseconds.
    idleTimeoutMillis: 60_000,
    password: () =>
      rdsToken({
        host,
        port,
        user,
        region: required("AWS_REGION"),
        credentials: {
          accessKeyId: required("AWS_ACCESS_KEY_ID"),
          secretAccessKey: required("AWS_SECRET_ACCESS_KEY"),
          sessionToken: process.env["AWS_SESSION_TOKEN"],
        },
        now: new Date(),
      }),
  });
  // An idle connection that breaks is the pool's own business: without a listener it would end the process.
  pool.on("error", () => {});
  return pool;
}
