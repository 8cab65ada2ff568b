/** What a call that succeeds at once pays for its retry, beside cockatiel and beside a loop written by hand. */
import { retry as cockatielRetry, ExponentialBackoff, handleAll } from "cockatiel";
import { rootCall, wrap } from "holdfast";
import { retry } from "holdfast/retry";
import { measure } from "../harness.ts";
import { againstBudget, besidePeer, type Row } from "../row.ts";

const MAX_ATTEMPTS = 4;

export async function rows(): Promise<readonly Row[]> {
  const noop = async (input: number): Promise<number> => input;
  const call = rootCall();
  const ours = wrap(noop, retry({ maxAttempts: MAX_ATTEMPTS }));
  const theirs = cockatielRetry(handleAll, {
    maxAttempts: MAX_ATTEMPTS - 1,
    backoff: new ExponentialBackoff(),
  });
  const ns = await measure([
    { name: "ours", run: () => ours(1, call) },
    { name: "cockatiel", run: () => theirs.execute(() => noop(1)) },
    { name: "byHand", run: () => retriedByHand(() => noop(1)) },
  ] as const);
  const title = (name: string, target?: number) => ({
    module: "retry",
    name,
    unit: "ns",
    ...(target === undefined ? {} : { target }),
  });
  return [
    besidePeer(title("retry round a no-op", 0.6), ns.ours, "cockatiel", ns.cockatiel),
    besidePeer(
      title("retry round a no-op"),
      ns.ours,
      "a loop by hand, without signals or deadline",
      ns.byHand,
    ),
    againstBudget(title("a loop by hand"), ns.byHand),
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
