import type { FaultPlan, InvocationFault } from "../../local/faults/plan.ts";

/** A kill falls into this many milliseconds from the start, which is about as long as an invocation takes. */
const withinMs = 30;

/**
 * Half of the kills fall somewhere within a run, half after the work is done and before anyone hears of it: the ones
 * that repeat effects. A second delivery is left alone, so that nothing reaches a dead-letter queue.
 */
function kills(name: string, chance: number): InvocationFault[] {
  return [
    { do: "kill", function: name, at: { withinMs }, chance: chance / 2 },
    { do: "kill", function: name, at: "before-answer", chance: chance / 2 },
  ];
}

/** What goes wrong with the orders of our own shop, and with the systems outside. */
export const shopFaults: FaultPlan = {
  invocations: [
    ...kills("PlaceOrderFunction", 0.004),
    ...kills("StoreOrderFunction", 0.012),
    ...kills("BulkStoreOrdersFunction", 0.06),
    ...kills("FulfilOrderFunction", 0.04),
    // Longer than the function's timeout: its time is up while it sleeps, and it wakes when another has done its work.
    { do: "freeze", function: "StoreOrderFunction", at: { withinMs }, forMs: 4_000, chance: 0.004 },
    { do: "freeze", function: "FulfilOrderFunction", at: { withinMs }, forMs: 4_000, chance: 0.01 },
    { do: "freeze", function: "PlaceOrderFunction", at: { withinMs }, forMs: 300, chance: 0.01 },
  ],
  deliveries: [
    { do: "duplicate", function: "BulkStoreOrdersFunction", chance: 0.5 },
    { do: "duplicate", function: "StoreOrderFunction", chance: 0.1 },
    { do: "duplicate", function: "FulfilOrderFunction", chance: 0.2 },
    { do: "reorder", function: "BulkStoreOrdersFunction", chance: 0.2 },
    { do: "reorder", function: "StoreOrderFunction", chance: 0.05 },
  ],
  requests: [
    { do: "lose-reply", service: "dynamodb", chance: 0.02 },
    { do: "lose-request", service: "dynamodb", chance: 0.01 },
    { do: "throttle", service: "dynamodb", chance: 0.01 },
    { do: "lose-reply", service: "eventbridge", chance: 0.01 },
    { do: "fail", service: "eventbridge", chance: 0.01 },
  ],
  entries: [{ code: "ThrottlingException", chance: 0.02 }],
  environments: [
    { do: "skew-clock", function: "StoreOrderFunction", byMs: 150, chance: 0.5 },
    { do: "skew-clock", function: "PlaceOrderFunction", byMs: -150, chance: 0.5 },
  ],
  thirdParties: [
    { do: "fail", name: "accounting", chance: 0.03 },
    { do: "slow", name: "accounting", delayMs: 200, chance: 0.01 },
    { do: "dead", name: "accounting", chance: 0.01 },
    { do: "lose-reply", name: "accounting", chance: 0.01 },
    // Together no more than the retries of a healthy provider pay for: one for ten calls. Bursts are shorter than what opens the circuit.
    { do: "fail", name: "payments", chance: 0.01 },
    { do: "fail", name: "payments", chance: 0.002, times: 3 },
    { do: "fail", name: "payments", status: 429, retryAfterS: 1, chance: 0.006 },
    { do: "dead", name: "payments", chance: 0.005 },
    { do: "lose-reply", name: "payments", chance: 0.02 },
    { do: "slow", name: "payments", delayMs: 150, chance: 0.02 },
    { do: "fail", name: "carrier", chance: 0.02 },
    { do: "lose-reply", name: "carrier", chance: 0.03 },
    { do: "slow", name: "carrier", delayMs: 150, chance: 0.02 },
  ],
};

/** What goes wrong during the orders run: with the orders of marketplaces as well. */
export const orderFaults: FaultPlan = {
  ...shopFaults,
  invocations: [
    ...(shopFaults.invocations ?? []),
    ...kills("PayOrderFunction", 0.02),
    { do: "freeze", function: "PayOrderFunction", at: { withinMs }, forMs: 4_000, chance: 0.004 },
    ...kills("ReserveStockFunction", 0.02),
    { do: "freeze", function: "ReserveStockFunction", at: { withinMs }, forMs: 4_000, chance: 0.004 },
    ...kills("NotifyCustomerFunction", 0.02),
    { do: "freeze", function: "NotifyCustomerFunction", at: { withinMs }, forMs: 4_000, chance: 0.004 },
  ],
  deliveries: [
    ...(shopFaults.deliveries ?? []),
    { do: "duplicate", function: "PayOrderFunction", chance: 0.1 },
    { do: "duplicate", function: "ReserveStockFunction", chance: 0.1 },
    { do: "duplicate", function: "NotifyCustomerFunction", chance: 0.1 },
  ],
  requests: [
    ...(shopFaults.requests ?? []),
    { do: "lose-reply", service: "sqs", operation: "SendMessage", chance: 0.02 },
  ],
  thirdParties: [
    ...(shopFaults.thirdParties ?? []),
    { do: "fail", name: "notifications", chance: 0.02 },
    { do: "dead", name: "notifications", chance: 0.005 },
    { do: "lose-reply", name: "notifications", chance: 0.02 },
    { do: "slow", name: "notifications", delayMs: 150, chance: 0.02 },
  ],
};
