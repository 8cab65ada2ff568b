import type { InvocationInfo } from "../../local/lambda/invocation.ts";
import type { FaultPlan } from "../../local/run/scenario.ts";

/** Kills per first delivery, by function. A second delivery is left alone, so that nothing reaches a dead-letter queue. */
const KILLS: readonly (readonly [functionName: RegExp, chance: number])[] = [
  [/-PlaceOrderFunction$/, 0.004],
  [/-StoreOrderFunction$/, 0.012],
  [/-BulkStoreOrdersFunction$/, 0.06],
];
/** A kill falls into this many milliseconds from the start, which is about as long as an invocation takes. */
const KILL_WITHIN_MS = 30;
const DUPLICATE_BATCH = 0.5;
const LOSE_REPLY = 0.02;
const LOSE_REQUEST = 0.01;
const THROTTLE_ENTRY = 0.02;

/** What goes wrong during the orders run, drawn from a seed. */
export function orderFaults(random: () => number): FaultPlan {
  return {
    killAfterMs({ functionName, attempt }: InvocationInfo) {
      const chance = KILLS.find(([name]) => name.test(functionName))?.[1] ?? 0;
      return attempt === 1 && random() < chance ? random() * KILL_WITHIN_MS : undefined;
    },
    duplicateBatch: () => random() < DUPLICATE_BATCH,
    failEntry: () =>
      random() < THROTTLE_ENTRY ? { code: "ThrottlingException", message: "Rate exceeded" } : undefined,
    dynamodb() {
      const chance = random();
      if (chance < LOSE_REPLY) return "lose-reply";
      return chance < LOSE_REPLY + LOSE_REQUEST ? "lose-request" : "deliver";
    },
  };
}
