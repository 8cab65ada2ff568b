import type { Backoff } from "holdfast/retry";

/** What a crowd of writers cost. */
export interface Contention {
  /** Requests in all: each write that was refused was one for nothing. */
  readonly calls: number;
  /** Until the last of them was through, in milliseconds. */
  readonly completionMs: number;
}

/** To the server and back, each way, in milliseconds: mean and deviation, as in the experiment. */
const NETWORK_MS = { mean: 10, deviation: 2 };

/**
 * The experiment of "Exponential Backoff And Jitter" (AWS Architecture Blog): N writers read one item at the same moment and write it back,
 * under the condition that it has not changed. One of them wins; the others back off and begin again.
 */
export function contend(writers: number, backoff: Backoff, random: () => number): Contention {
  const network = normal(random);
  const queue: { readonly atMs: number; readonly run: (nowMs: number) => void }[] = [];
  const at = (atMs: number, run: (nowMs: number) => void): void => {
    queue.push({ atMs, run });
  };
  let version = 0;
  let calls = 0;
  let completionMs = 0;

  function begin(nowMs: number, failures: number, lastMs: number): void {
    at(nowMs + network(), (readMs) => {
      const seen = version;
      at(readMs + 2 * network(), (writtenMs) => {
        calls += 1;
        const isWon = seen === version;
        if (isWon) version += 1;
        at(writtenMs + network(), (answeredMs) => {
          if (isWon) {
            completionMs = answeredMs;
            return;
          }
          const delayMs = backoff.delayMs(failures + 1, random, lastMs);
          begin(answeredMs + delayMs, failures + 1, delayMs);
        });
      });
    });
  }

  for (let writer = 0; writer < writers; writer += 1) begin(0, 0, 0);
  for (;;) {
    const next = earliest(queue);
    if (next === undefined) return { calls, completionMs };
    next.run(next.atMs);
  }
}

function earliest<T extends { readonly atMs: number }>(queue: T[]): T | undefined {
  let first = 0;
  for (let index = 1; index < queue.length; index += 1) {
    if ((queue[index]?.atMs ?? 0) < (queue[first]?.atMs ?? 0)) first = index;
  }
  return queue.splice(first, 1)[0];
}

/** Box and Muller's. A network never answers before it was asked. */
function normal(random: () => number): () => number {
  return () => {
    const deviations = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, NETWORK_MS.mean + NETWORK_MS.deviation * deviations);
  };
}
