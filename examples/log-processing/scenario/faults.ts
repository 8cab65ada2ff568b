import type { FaultPlan } from "../../local/faults/plan.ts";

const name = "ProcessLogFunction";

/**
 * What goes wrong during the run of log processing. Half of the kills fall somewhere within a run, half after the work
 * is done and before anyone hears of it: the ones that repeat effects. The two retries are left alone, so that only
 * what is damaged is given up.
 */
export const logFaults: FaultPlan = {
  invocations: [
    { do: "kill", function: name, at: { withinMs: 40 }, chance: 0.03 },
    { do: "kill", function: name, at: "before-answer", chance: 0.03 },
    // Longer than the three seconds that a log may take: its worker wakes when another has done its work.
    { do: "freeze", function: name, at: { withinMs: 40 }, forMs: 4_000, chance: 0.01 },
  ],
  deliveries: [
    { do: "duplicate", function: name, chance: 0.15 },
    { do: "reorder", function: name, chance: 0.2 },
  ],
  requests: [
    { do: "lose-reply", service: "dynamodb", chance: 0.02 },
    { do: "lose-request", service: "dynamodb", chance: 0.01 },
    { do: "throttle", service: "dynamodb", chance: 0.05 },
    { do: "throttle", service: "s3", operation: "GetObject", chance: 0.03 },
    { do: "lose-reply", service: "s3", operation: "GetObject", chance: 0.02 },
    { do: "cut-reply", service: "s3", operation: "GetObject", chance: 0.05 },
    { do: "fail", service: "s3", operation: "GetObject", chance: 0.01 },
  ],
  environments: [{ do: "skew-clock", function: name, byMs: 150, chance: 0.5 }],
};
