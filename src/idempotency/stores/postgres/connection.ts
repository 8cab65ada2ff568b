import { type Call, refusal, scopeOf } from "../../../core/call.ts";
import type { PostgresClient, PostgresPool, PostgresResult } from "./client.ts";
import { isAnswer } from "./failures.ts";

/** A connection for as long as one piece of work, and one call, last. */
export interface Connection {
  query(text: string, values?: readonly unknown[]): Promise<PostgresResult>;
  /** Nobody knows what state it is in: it is to be closed. The first reason stays. */
  spoil(reason: unknown): void;
  isSpoilt(): boolean;
}

/**
 * Runs the work on a connection of the pool and gives that back: to be used again when it is known to wait for the next
 * query, else to be closed.
 *
 * A query cannot be recalled. When the call is over in the middle of one, the promise rejects and the connection is
 * closed: what the server was at may still be done, but a transaction that was not committed never will be.
 */
export async function onConnection<T>(
  pool: PostgresPool,
  call: Call,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const client = await connected(pool, call);
  let spoilt: Error | undefined;
  const spoil = (reason: unknown): void => {
    spoilt ??= reason instanceof Error ? reason : new Error("The call was over.", { cause: reason });
  };
  // A connection that breaks fails its query as well; an `error` event that nobody hears would end the process.
  client.on?.("error", spoil);
  try {
    return await work({
      spoil,
      isSpoilt: () => spoilt !== undefined,
      async query(text, values) {
        // What was not sent leaves the connection as it was.
        checkOpen(call);
        try {
          return await whileOpen(call, client.query(text, values === undefined ? undefined : [...values]));
        } catch (error) {
          if (!isAnswer(error)) spoil(error);
          throw error;
        }
      },
    });
  } finally {
    // The pool listens again from here on.
    client.release(spoilt);
    client.off?.("error", spoil);
  }
}

async function connected(pool: PostgresPool, call: Call): Promise<PostgresClient> {
  checkOpen(call);
  const arriving = pool.connect();
  try {
    return await whileOpen(call, arriving);
  } catch (error) {
    // Nobody waits for it any more, and nothing was sent through it.
    arriving.then(
      (client) => client.release(),
      () => {},
    );
    throw error;
  }
}

function checkOpen(call: Call): void {
  const reason = refusal(call);
  if (reason !== undefined) throw reason;
}

/** Waits for the work until the call is over. */
export function whileOpen<T>(call: Call, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const ended = (): void => {
      const reason = refusal(call);
      if (reason !== undefined) reject(reason);
    };
    const leave = scopeOf(call).listen(reject, ended, "hold");
    work.then(
      (value) => {
        leave();
        resolve(value);
      },
      (error: unknown) => {
        leave();
        reject(error);
      },
    );
  });
}
