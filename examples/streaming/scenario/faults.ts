import type { FaultPlan } from "../../local/faults/plan.ts";

const usage = "CountUsageFunction";
const payments = "WatchPaymentsFunction";
const readings = "StoreReadingsFunction";

/**
 * What goes wrong while streams are read. Batches are large and so few: by number, so that every run has its kills. Half of them fall
 * within the work, half after it and before anyone hears of it. Frozen workers wake when their time is up, and others have done their work.
 */
export const streamFaults: FaultPlan = {
  invocations: [
    { do: "kill", function: usage, at: { withinMs: 120 }, nth: 2 },
    { do: "kill", function: usage, at: "before-answer", nth: 3 },
    { do: "freeze", function: usage, at: { withinMs: 120 }, forMs: 5_600, nth: 4 },
    { do: "kill", function: usage, at: { withinMs: 120 }, chance: 0.08 },
    { do: "kill", function: payments, at: "before-answer", nth: 3 },
    { do: "kill", function: payments, at: "before-answer", chance: 0.03 },
    { do: "kill", function: payments, at: { withinMs: 60 }, chance: 0.05 },
    { do: "kill", function: readings, at: "before-answer", nth: 2 },
    { do: "kill", function: readings, at: { withinMs: 150 }, chance: 0.1 },
    { do: "freeze", function: readings, at: { withinMs: 150 }, forMs: 5_600, nth: 5 },
  ],
  deliveries: [
    { do: "duplicate", function: usage, chance: 0.3 },
    { do: "duplicate", function: payments, chance: 0.15 },
    { do: "duplicate", function: readings, chance: 0.3 },
    { do: "reorder", function: readings, chance: 0.5 },
  ],
  requests: [
    { do: "lose-reply", service: "dynamodb", operation: "UpdateItem", chance: 0.02 },
    { do: "throttle", service: "dynamodb", operation: "UpdateItem", chance: 0.05 },
    { do: "fail", service: "dynamodb", operation: "UpdateItem", chance: 0.02 },
    { do: "lose-reply", service: "dynamodb", operation: "TransactWriteItems", chance: 0.1 },
    { do: "lose-reply", service: "dynamodb", operation: "BatchWriteItem", chance: 0.03 },
    { do: "throttle", service: "dynamodb", operation: "BatchWriteItem", chance: 0.05 },
    { do: "lose-reply", service: "s3", operation: "PutObject", chance: 0.05 },
    { do: "fail", service: "s3", operation: "PutObject", chance: 0.05 },
    { do: "lose-reply", service: "sqs", operation: "SendMessage", chance: 0.05 },
    { do: "fail", service: "sqs", operation: "SendMessage", chance: 0.05 },
  ],
  environments: [{ do: "skew-clock", function: readings, byMs: 150, chance: 0.5 }],
};
