import type { FaultPlan } from "../../local/faults/plan.ts";

const name = "PostEntryFunction";

/**
 * What goes wrong while entries are posted. Half of the kills fall somewhere within a run, half after the work is done and
 * before anyone hears of it: the ones that repeat effects. A second delivery is left alone, for the database's outage takes one
 * of three, too.
 */
export const ledgerFaults: FaultPlan = {
  invocations: [
    { do: "kill", function: name, at: { withinMs: 40 }, chance: 0.06 },
    { do: "kill", function: name, at: "before-answer", chance: 0.06 },
    { do: "kill", function: name, at: "before-answer", nth: 2 },
    // Longer than the function's timeout: its transaction is ended under it, and it wakes when another has done its work.
    { do: "freeze", function: name, at: { withinMs: 40 }, forMs: 3_600, chance: 0.03 },
  ],
  deliveries: [
    { do: "duplicate", function: name, chance: 0.15 },
    { do: "reorder", function: name, chance: 0.2 },
  ],
  thirdParties: [
    // The database is down.
    { do: "dead", name: "database", fromMs: 1_500, untilMs: 3_000 },
    { do: "lose-reply", name: "database COMMIT", chance: 0.03 },
    { do: "dead", name: "database COMMIT", chance: 0.02 },
    { do: "lose-reply", name: "database WITH", chance: 0.01 },
    { do: "fail", name: "database BEGIN", chance: 0.01 },
    { do: "slow", name: "database WITH", delayMs: 60, chance: 0.01 },
  ],
  environments: [{ do: "skew-clock", function: name, byMs: 150, chance: 0.5 }],
};
