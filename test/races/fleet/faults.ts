import type { FaultPlan, InvocationFault, Moment } from "../../../examples/local/faults/plan.ts";

/** A message that was received so often is left alone from then on, so that all comes to an end. */
const attempts = 4;

/** How many awaits go on in a warm run of ten repeats, and in a cold one of ten that are new. */
const [SHORT_RUN, LONG_RUN] = [200, 900];

function kills(name: string, withinMs: number): InvocationFault[] {
  const at = (moment: Moment, chance: number): InvocationFault => {
    return { do: "kill", function: name, at: moment, chance, attempts };
  };
  return [
    at({ withinAwaits: SHORT_RUN }, 0.015),
    at({ withinAwaits: LONG_RUN }, 0.015),
    at({ withinMs }, 0.01),
    at("before-answer", 0.01),
  ];
}

function freezes(name: string, withinMs: number, forMs: number, chance: number): InvocationFault[] {
  return [{ withinMs }, { withinAwaits: SHORT_RUN }].map((at) => {
    return { do: "freeze", function: name, at, forMs, chance: chance / 2, attempts };
  });
}

const [transact, keyed, long] = ["TransactFunction", "KeyedFunction", "LongFunction"] as const;

/**
 * What goes wrong. Some freezes outlast the lease, and their worker wakes with time left, while another has the key or has
 * done the work; some outlast the function's time as well.
 */
export const fleetFaults: FaultPlan = {
  invocations: [
    ...kills(transact, 60),
    ...kills(keyed, 60),
    ...kills(long, 1_400),
    ...freezes(transact, 40, 2_000, 0.012),
    ...freezes(keyed, 40, 2_000, 0.012),
    ...freezes(long, 1_300, 2_600, 0.08),
    ...freezes(transact, 40, 4_800, 0.004),
    ...freezes(keyed, 40, 4_800, 0.004),
  ],
  deliveries: [transact, keyed, long].flatMap((name) => [
    { do: "duplicate", function: name, chance: 0.05 },
    { do: "reorder", function: name, chance: 0.3 },
  ]),
  requests: [
    { do: "lose-reply", service: "dynamodb", operation: "UpdateItem", chance: 0.01 },
    { do: "lose-reply", service: "dynamodb", operation: "TransactWriteItems", chance: 0.1 },
    { do: "cut-reply", service: "dynamodb", chance: 0.005 },
    { do: "lose-request", service: "dynamodb", chance: 0.005 },
    { do: "throttle", service: "dynamodb", chance: 0.01 },
    { do: "fail", service: "dynamodb", chance: 0.005 },
    { do: "delay-reply", service: "dynamodb", delayMs: 300, chance: 0.003 },
  ],
  environments: [
    { do: "skew-clock", function: transact, byMs: 150, chance: 0.3 },
    { do: "skew-clock", function: keyed, byMs: -150, chance: 0.3 },
    // Far beyond what a lease allows for: its leases have ended before they begin, and only the fence is left.
    { do: "skew-clock", function: long, byMs: -1_200, chance: 0.2 },
  ],
  thirdParties: [
    { do: "lose-reply", name: "target", chance: 0.05 },
    { do: "fail", name: "target", chance: 0.02 },
    { do: "dead", name: "target", chance: 0.01 },
    { do: "slow", name: "target", delayMs: 300, chance: 0.01 },
  ],
};
