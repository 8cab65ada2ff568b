import { describe, expect, it } from "vitest";
import type { Item } from "../../../../examples/local/run/tables.ts";
import {
  circuitInvariants,
  LEASE_MS,
  mostAsked,
  type Paid,
  paymentInvariants,
} from "../../../../examples/orders/scenario/check-payments.ts";
import { type CircuitWrite, circuitHistory } from "../../../../examples/orders/scenario/circuit-history.ts";
import type { Effect } from "../../../../examples/orders/scenario/effects.ts";
import { createdId } from "../../../../examples/orders/scenario/marketplace.ts";
import type { Reached } from "../../../../examples/orders/scenario/provider.ts";
import { order } from "../fixtures.ts";

const DOWN_MS = 10_000;
const BACK_MS = 40_000;
const accepted = [order({ orderId: "market-0" }), order({ orderId: "market-1" })];

/** Of a run that went well, to be spoiled. */
interface Left extends Paid {
  readonly states: Map<string, Item>;
  readonly effects: { readonly charges: Effect[]; readonly postings: Effect[] };
  readonly history: CircuitWrite[];
  readonly reached: Reached[];
  readonly skipped: Set<string>;
  readonly done: Set<string>;
  readonly reads: string[];
}

const effect = ({ orderId }: { readonly orderId: string }): Effect => ({ orderId, key: orderId, id: "1" });
const asked = (atMs: number, wasDown = false): Reached => ({
  atMs,
  wasDown,
  isRead: false,
  endedMs: atMs + 1,
});
const write = (change: Partial<CircuitWrite>): CircuitWrite => ({
  state: "CLOSED",
  epoch: 0,
  token: "t",
  sinceMs: 0,
  untilMs: 0,
  probeUntilMs: 0,
  ...change,
});

function wentWell(): Left {
  const open = { state: "OPEN", epoch: 1, sinceMs: DOWN_MS + 500, untilMs: DOWN_MS + 1_500 } as const;
  const again = { ...open, epoch: 2, sinceMs: DOWN_MS + 2_000, untilMs: DOWN_MS + 4_000 };
  return {
    accepted,
    states: new Map(
      accepted.map(({ orderId }) => [orderId, { status: { S: "PAID" }, payments: { N: "1" } }]),
    ),
    effects: { charges: accepted.map(effect), postings: accepted.map(effect) },
    history: [
      write({}),
      write(open),
      write({ ...open, probeUntilMs: DOWN_MS + 1_600 + LEASE_MS }),
      write(again),
      // Its holder died; the next lease begins when it has run out.
      write({ ...again, probeUntilMs: DOWN_MS + 4_100 + LEASE_MS }),
      write({ ...again, probeUntilMs: DOWN_MS + 4_100 + 2 * LEASE_MS }),
      write({ epoch: 3, sinceMs: BACK_MS + 1_000 }),
    ],
    reached: [
      asked(1_000),
      ...Array.from({ length: 30 }, (_, n) => asked(DOWN_MS + n, true)),
      asked(BACK_MS),
    ],
    outage: { fromMs: DOWN_MS, untilMs: BACK_MS },
    isolation: { fromMs: 2_000, untilMs: 4_000 },
    environments: 2,
    environmentsAtOnce: 1,
    atOnce: 10,
    skipped: new Set([createdId("market-1")]),
    done: new Set(accepted.map(({ orderId }) => createdId(orderId))),
    reads: ["200 paid", "200 paid"],
  };
}

/** The names of the invariants that do not hold. */
const broken = (left: Left): string[] =>
  [...paymentInvariants(left), ...circuitInvariants(left)].flatMap(({ name, held }) => (held ? [] : [name]));

const LOST = "nothing is lost: every order is paid in the end";
const CHARGED = "every order is charged once at the provider";
const POSTED = "every payment is posted once to accounting";
const ADDED = "every order is paid once by ADD";
const OPEN = "the circuit is open for the whole fleet during the outage";
const ALONE = "a provider that is down is left alone";
const LEASE = "one probe holds the lease at a time";
const REPLAYED = "what was skipped is all replayed";
const READ = "what was paid reads as paid all through the outage";
const ISOLATED = "a provider that the flag isolates is left alone";

describe("the checks of payments", () => {
  it("find nothing in a run that went well", () => {
    expect(broken(wentWell())).toEqual([]);
  });

  const mutations: readonly (readonly [string, string, (left: Left) => unknown])[] = [
    ["an order that is nowhere", LOST, ({ states }) => states.delete("market-0")],
    [
      "an order that was cancelled",
      LOST,
      ({ states }) => states.set("market-0", { status: { S: "CANCELLED" } }),
    ],
    [
      "an order that was charged twice",
      CHARGED,
      ({ effects }) => effects.charges.push(effect({ orderId: "market-0" })),
    ],
    ["an order that was never charged", CHARGED, ({ effects }) => effects.charges.pop()],
    [
      "a payment that was posted twice",
      POSTED,
      ({ effects }) => effects.postings.push(effect({ orderId: "market-1" })),
    ],
    ["a payment that was never posted", POSTED, ({ effects }) => effects.postings.shift()],
    [
      "an order that was paid twice by ADD",
      ADDED,
      ({ states }) => states.set("market-1", { status: { S: "PAID" }, payments: { N: "2" } }),
    ],
    [
      "a circuit that was closed in the middle",
      OPEN,
      ({ history }) => history.splice(5, 1, write({ epoch: 3, sinceMs: BACK_MS - 1 })),
    ],
    [
      "a provider that everybody went on asking",
      ALONE,
      ({ reached }) => reached.push(...Array.from({ length: 30 }, () => asked(BACK_MS - 1, true))),
    ],
    [
      "a lease that began while another held",
      LEASE,
      ({ history }) =>
        history.splice(5, 1, write({ ...history[4], probeUntilMs: DOWN_MS + 4_099 + 2 * LEASE_MS })),
    ],
    ["a skipped order that never came again", REPLAYED, ({ done }) => done.delete(createdId("market-1"))],
    ["a run in which nothing was skipped", REPLAYED, ({ skipped }) => skipped.clear()],
    ["a paid order that read as unpaid", READ, ({ reads }) => reads.push("200 unpaid")],
    ["a read without an answer", READ, ({ reads }) => reads.push("503 Something failed.")],
    ["a run in which nobody read", READ, ({ reads }) => reads.splice(0)],
    [
      "a flag that nobody minded",
      ISOLATED,
      ({ reached }) => reached.push(...Array.from({ length: 21 }, () => asked(3_000))),
    ],
  ];

  it.each(mutations)("find %s, and nothing else", (_, invariant, mutate) => {
    const left = wentWell();
    mutate(left);
    expect(broken(left)).toEqual([invariant]);
  });

  it("find a circuit that never opened", () => {
    const left = wentWell();
    left.history.splice(1);
    expect(broken(left)).toContain(OPEN);
  });

  it("allow each environment two batches, and each probe one request", () => {
    expect(mostAsked(wentWell())).toBe(2 * 2 * 10 + 3);
  });
});

describe("a circuit's history", () => {
  const item = (token: string, state: string, seen?: string) => ({
    Key: { id: { S: "CIRCUIT#payments" } },
    ExpressionAttributeValues: {
      ":token": { S: token },
      ":state": { S: state },
      ...(seen === undefined ? {} : { ":seen": { S: seen } }),
    },
  });
  const bodies = [
    item("a", "CLOSED"),
    item("b", "OPEN", "a"),
    // It saw the same as b, and came too late.
    item("lost", "OPEN", "a"),
    item("b", "OPEN", "a"),
    item("c", "CLOSED", "b"),
    { Key: { id: { S: "CIRCUIT#payments" } }, ConsistentRead: false },
    { ...item("other", "OPEN", "c"), Key: { id: { S: "CIRCUIT#bank" } } },
  ].map((body) => JSON.stringify(body));
  const historyOf = (last: string | undefined) =>
    circuitHistory(bodies, "CIRCUIT#payments", last === undefined ? undefined : { token: { S: last } });

  it("is the chain of writes that each saw the one before, whatever came in between and twice", () => {
    expect(historyOf("c").map(({ token, state }) => [token, state])).toEqual([
      ["a", "CLOSED"],
      ["b", "OPEN"],
      ["c", "CLOSED"],
    ]);
  });

  it("is empty where there is no item", () => {
    expect(historyOf(undefined)).toEqual([]);
  });

  it("cannot be told when a write is missing", () => {
    expect(() => historyOf("unseen")).toThrow(/nobody saw/);
  });
});
