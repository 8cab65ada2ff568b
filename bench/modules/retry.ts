/** What a call that succeeds at once pays for its retry, beside cockatiel, p-retry and a loop written by hand. */
import { retry as cockatielRetry, ExponentialBackoff, handleAll } from "cockatiel";
import { rootCall, wrap } from "holdfast";
import { retry } from "holdfast/retry";
import pRetry from "p-retry";
import { measure } from "../harness.ts";
import { againstBudget, besidePeer, overBare, type Row } from "../row.ts";
import { titled } from "./titled.ts";

const MAX_ATTEMPTS = 4;

export async function rows(): Promise<readonly Row[]> {
  const noop = async (input: number): Promise<number> => input;
  const call = rootCall();
  const ours = wrap(noop, retry({ maxAttempts: MAX_ATTEMPTS }));
  const cockatiel = cockatielRetry(handleAll, {
    maxAttempts: MAX_ATTEMPTS - 1,
    backoff: new ExponentialBackoff(),
  });
  const ns = await measure([
    { name: "bare", run: () => noop(1) },
    { name: "ours", run: () => ours(1, call) },
    { name: "cockatiel", run: () => cockatiel.execute(() => noop(1)) },
    { name: "pRetry", run: () => pRetry(() => noop(1), { retries: MAX_ATTEMPTS - 1 }) },
    { name: "byHand", run: () => retriedByHand(() => noop(1)) },
  ] as const);
  const title = titled("retry", "ns");
  return [
    besidePeer(title("retry round a no-op", 0.6), ns.ours, "cockatiel", ns.cockatiel),
    besidePeer(
      title("the same, less the bare function"),
      overBare(ns.ours, ns.bare),
      "cockatiel",
      overBare(ns.cockatiel, ns.bare),
    ),
    besidePeer(title("retry round a no-op"), ns.ours, "p-retry", ns.pRetry),
    besidePeer(
      title("retry round a no-op"),
      ns.ours,
      "a loop by hand, without signals or deadline",
      ns.byHand,
    ),
    againstBudget(title("bare function"), ns.bare),
  ];
}

async function retriedByHand<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === MAX_ATTEMPTS) throw error;
    }
  }
}
