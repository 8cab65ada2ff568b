import { Worker } from "node:worker_threads";
import type { Running } from "../services.ts";
import type { TransactionStatus } from "./wire.ts";

export interface Question {
  readonly id: number;
  readonly bytes: Uint8Array;
}

export interface Answer {
  readonly id: number;
  /** What the client is to be sent, as it is. */
  readonly answer: Uint8Array;
  /** `E`: the transaction had failed, and has been rolled back already. */
  readonly status: TransactionStatus;
  /** How long the transaction may stand idle, as the client has set it; 0: it has not. */
  readonly idleLimitMs: number;
}

/** The one PostgreSQL backend there is. Who asks must have the turn; what is asked before it is ready waits. */
export interface Backend extends Running {
  ask(bytes: Uint8Array): Promise<Answer>;
}

/**
 * Starts PGlite, in memory, in a thread that ends with us. It takes that thread two seconds until it can answer. Nobody is
 * answered any more once it has failed; `onFailure` is told.
 */
export function startBackend(onFailure: () => void): Backend {
  // Nothing of how we were started concerns it.
  const worker = new Worker(new URL("./backend-thread.ts", import.meta.url), { execArgv: [] });
  const waiting = new Map<number, (answer: Answer) => void>();
  let ids = 0;
  // Which its `exit` follows.
  worker.on("error", () => {});
  worker.once("exit", onFailure);
  worker.on("message", (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  return {
    ask(bytes) {
      const id = ++ids;
      return new Promise((resolve) => {
        waiting.set(id, resolve);
        worker.postMessage({ id, bytes } satisfies Question);
      });
    },
    async stop() {
      worker.off("exit", onFailure);
      // Whoever waits for an answer has a connection that is closed as well.
      await worker.terminate();
    },
  };
}
