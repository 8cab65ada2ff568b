/**
 * How well backoffs keep a crowd apart: calls and completion time for each strategy, over 21 seeds.
 *
 * Nothing is timed: the clock is simulated, so the figures are the same on every machine.
 */
import { type Backoff, constant, exponential } from "holdfast/retry";
import { seededRandom } from "holdfast/testing";
import { againstBudget, type Row } from "../row.ts";
import { contend } from "./contention/contend.ts";

const CROWDS = [50, 100, 190];
const SEEDS = 21;
const LIMITS = { initialDelayMs: 5, maxDelayMs: 2_000 };

const STRATEGIES: Readonly<Record<string, Backoff>> = {
  "no backoff": constant({ delayMs: 0 }),
  exponential: exponential({ ...LIMITS, jitter: "none" }),
  "equal jitter": exponential({ ...LIMITS, jitter: "equal" }),
  "full jitter": exponential({ ...LIMITS, jitter: "full" }),
  "decorrelated jitter": exponential({ ...LIMITS, jitter: "decorrelated" }),
};

export async function rows(): Promise<readonly Row[]> {
  return CROWDS.flatMap((writers) =>
    Object.entries(STRATEGIES).flatMap(([name, backoff]) => {
      const runs = Array.from({ length: SEEDS }, (_, seed) =>
        contend(writers, backoff, seededRandom(seed + 1)),
      );
      const title = (unit: string) => ({ module: "contention", name: `${writers} writers, ${name}`, unit });
      return [
        againstBudget(
          title("calls"),
          runs.map(({ calls }) => calls),
        ),
        againstBudget(
          title("ms"),
          runs.map(({ completionMs }) => completionMs),
        ),
      ];
    }),
  );
}
