import type { CircuitStore } from "holdfast/circuit-breaker";
import { describe, expect, test } from "vitest";
import { type CircuitSetting, circuits } from "./circuits.ts";
import { everyOrder } from "./every-order.ts";

type Case = readonly [name: string, setting: CircuitSetting];

const cases: readonly Case[] = [
  ["two that find it well", { ends: ["well", "well"], expirations: 1 }],
  [
    "one that finds it well, and one down, a reply lost",
    { ends: ["well", "down"], losses: 1, expirations: 1 },
  ],
  ["two, clocks that differ, a reply lost", { ends: ["down", "well"], losses: 1, skewMs: 500 }],
  [
    "two, clocks a second apart, time that passes within a probe",
    { ends: ["down", "well"], skewMs: 1_000, expirations: 2, passingMs: 1_800 },
  ],
  [
    "the same, a reply lost",
    { ends: ["well", "well"], skewMs: 1_000, expirations: 2, passingMs: 1_800, losses: 1 },
  ],
  ["two, waits that end too early", { ends: ["well", "down"], timeouts: 1, expirations: 1 }],
  ["two, an operator who opens it again", { ends: ["well", "well"], hand: "open", expirations: 1 }],
  ["two, an operator who isolates it, a reply lost", { ends: ["well", "down"], hand: "isolated", losses: 1 }],
  ["two, an operator who closes it", { ends: ["down", "down"], hand: "closed", losses: 1 }],
];

/** How many orders there are in all: a world that offers fewer is another world. */
const ORDERS = 27_038;
let orders = 0;

/**
 * Every order of everything that two environments do with a circuit that has cooled down: never two leases of an epoch at once, nor two probes;
 * nobody closes or opens what it did not probe; an isolation stays; and it is closed in the end.
 */
describe("in every order of", () => {
  test.each(cases)(
    "%s",
    async (_name, setting) => {
      const explored = await everyOrder(() => circuits(setting));
      expect(explored.isComplete).toBe(true);
      orders += explored.schedules;
    },
    300_000,
  );

  test("all of them have been run", () => {
    expect(orders).toBe(ORDERS);
  });
});

test("an order is found for a store that writes whatever was seen", async () => {
  const spoil = (store: CircuitStore): CircuitStore => ({
    ...store,
    async replace(circuit, _seen, item, call) {
      const found = await store.read(circuit, call);
      return store.replace(circuit, found?.token, item, call);
    },
  });
  await expect(everyOrder(() => circuits({ ends: ["well", "well"], spoil }))).rejects.toThrow(
    /was given a lease while|did not probe/,
  );
});

test("an order is found in which a slow CLOSED would overwrite an operator's OPEN", async () => {
  const spoil = (store: CircuitStore): CircuitStore => ({
    ...store,
    async replace(circuit, seen, item, call) {
      const found = await store.read(circuit, call);
      return store.replace(circuit, item.state === "CLOSED" ? found?.token : seen, item, call);
    },
  });
  await expect(everyOrder(() => circuits({ ends: ["well"], hand: "open", spoil }))).rejects.toThrow(
    /closed what it did not probe/,
  );
});
