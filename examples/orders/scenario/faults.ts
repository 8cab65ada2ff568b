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
/** Of the kills, those that fall after the work is done and before anyone hears of it: the ones that repeat effects. */
const KILL_BEFORE_ANSWER = 0.5;
const DUPLICATE_BATCH = 0.5;
const DUPLICATE_EVENT = 0.1;
const LOSE_REPLY = 0.02;
const LOSE_REQUEST = 0.01;
const THROTTLE_ENTRY = 0.02;

/** What goes wrong during the orders run, drawn from a seed. */
export function orderFaults(random: () => number): FaultPlan {
  return {
    killAfterMs({ functionName, attempt }: InvocationInfo) {
      const chance = KILLS.find(([name]) => name.test(functionName))?.[1] ?? 0;
      if (attempt > 1 || random() >= chance) return undefined;
      return random() < KILL_BEFORE_ANSWER ? Number.POSITIVE_INFINITY : random() * KILL_WITHIN_MS;
    },
    duplicateBatch: () => random() < DUPLICATE_BATCH,
    duplicateEvent: () => random() < DUPLICATE_EVENT,
    failEntry: () =>
      random() < THROTTLE_ENTRY ? { code: "ThrottlingException", message: "Rate exceeded" } : undefined,
    dynamodb() {
      const chance = random();
      if (chance < LOSE_REPLY) return "lose-reply";
      return chance < LOSE_REPLY + LOSE_REQUEST ? "lose-request" : "deliver";
    },
  };
}
