import type { InvocationInfo } from "../../local/lambda/invocation.ts";
import type { FaultPlan } from "../../local/run/scenario.ts";

/** Kills per first delivery. The two retries are left alone, so that only what is damaged is given up. */
const KILL = 0.06;
/** A kill falls into this many milliseconds from the start, which is about as long as most invocations take. */
const KILL_WITHIN_MS = 40;
/** Of the kills, those that fall after the work is done and before anyone hears of it: the ones that repeat effects. */
const KILL_BEFORE_ANSWER = 0.5;
const DUPLICATE_EVENT = 0.15;
const LOSE_REPLY = 0.02;
const LOSE_REQUEST = 0.01;
const SLOW_DOWN = 0.03;

/** What goes wrong during the run of log processing, drawn from a seed. */
export function logFaults(random: () => number): FaultPlan {
  return {
    killAfterMs({ attempt }: InvocationInfo) {
      if (attempt > 1 || random() >= KILL) return undefined;
      return random() < KILL_BEFORE_ANSWER ? Number.POSITIVE_INFINITY : random() * KILL_WITHIN_MS;
    },
    duplicateEvent: () => random() < DUPLICATE_EVENT,
    failS3Request: ({ operation }) =>
      operation === "GetObject" && random() < SLOW_DOWN ? { status: 503, code: "SlowDown" } : undefined,
    dynamodb() {
      const chance = random();
      if (chance < LOSE_REPLY) return "lose-reply";
      return chance < LOSE_REPLY + LOSE_REQUEST ? "lose-request" : "deliver";
    },
  };
}
