import { type Call, type Fact, observed, rootCall, wrap } from "holdfast";
import {
  bulkhead,
  type CircuitFact,
  circuitBreaker,
  consecutiveFailures,
  isCircuitFact,
  lastGood,
  skipWhenOpen,
} from "holdfast/circuit-breaker";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { setting } from "./shared/setting.ts";

const changesIn = (facts: readonly Fact[]): unknown[] =>
  facts
    .filter(isCircuitFact)
    .flatMap((fact) =>
      fact.type === "circuit.changed" ? [[fact.from, fact.to, fact.why, fact.atMs - 1_000]] : [],
    );

test("each change says from where to where, why, and when it was seen", async () => {
  const clock = manualRuntime({ startMs: 1_000 });
  const facts: Fact[] = [];
  let isDown = true;
  const ask = wrap(
    async (_: undefined) => {
      if (isDown) throw new Error("down");
    },
    observed((fact) => facts.push(fact)),
    circuitBreaker({ name: "bank", trip: consecutiveFailures(1), halfOpenAfterMs: 5_000 }),
  );
  const called = () => ask(undefined, rootCall({ runtime: clock })).catch(() => {});
  await called();
  clock.jump(7_000);
  await called();
  isDown = false;
  clock.jump(6_000);
  await called();
  expect(changesIn(facts)).toEqual([
    ["closed", "open", "tripped", 0],
    ["open", "half-open", "cooled-down", 7_000],
    ["half-open", "open", "probe-failed", 7_000],
    ["open", "half-open", "cooled-down", 13_000],
    ["half-open", "closed", "probes-succeeded", 13_000],
  ]);
});

test("a refusal says in which state: open, isolated, or closed while it comes back", async () => {
  const it = setting();
  const [one] = await it.opened();
  const statesOf = () =>
    one?.facts.filter(isCircuitFact).flatMap((fact) => (fact.type === "circuit.refused" ? [fact.state] : []));
  expect(statesOf()).toEqual(["open"]);
  it.clock.jump(13_000);
  await it.clock.run(one?.ask() ?? Promise.resolve());
  for (let n = 0; n < 20; n++) await it.clock.run(one?.ask() ?? Promise.resolve());
  expect(new Set(statesOf())).toEqual(new Set(["open", "closed"]));
});

test("whatever breakers, fallbacks and bulkheads tell is known as theirs; what others tell is not", async () => {
  const it = setting();
  const [one] = await it.opened();
  it.clock.jump(13_000);
  await it.clock.run(one?.ask() ?? Promise.resolve());
  it.store.trouble = "down";
  it.clock.jump(60_000);
  await it.clock.run(one?.ask() ?? Promise.resolve());
  const more: Fact[] = [];
  let isDown = false;
  const read = wrap(
    lastGood(
      wrap(
        async (_: string, _call: Call) => {
          if (isDown) throw new Error("down");
        },
        bulkhead({ name: "bank", maxConcurrent: 1 }),
      ),
      { maxAgeMs: 1_000, key: (currency) => currency },
    ),
    observed((fact) => more.push(fact)),
  );
  await read("eur", rootCall());
  isDown = true;
  await Promise.all([read("eur", rootCall()), read("eur", rootCall())]);
  const breaker = circuitBreaker({ name: "bank" });
  breaker.isolate(rootCall());
  for (const sink of [() => {}, () => Promise.reject(new Error("full"))]) {
    const skipping = skipWhenOpen(
      wrap(async (_: undefined, _call: Call) => {}, breaker),
      sink,
    );
    await wrap(
      skipping,
      observed((fact) => more.push(fact)),
    )(undefined, rootCall()).catch(() => {});
  }
  const told = [...(one?.facts ?? []), ...more];
  const types: readonly CircuitFact["type"][] = [
    "circuit.changed",
    "circuit.shared",
    "circuit.refused",
    "circuit.probed",
    "circuit.store-failed",
    "circuit.skipped",
    "circuit.skip-failed",
    "fallback",
    "last-good",
    "bulkhead.refused",
  ];
  expect(new Set(told.map(({ type }) => type))).toEqual(new Set(types));
  expect(told.filter((fact) => !isCircuitFact(fact))).toEqual([]);
  for (const type of ["circuit.of-mine", "retry.attempt", "toString"])
    expect(isCircuitFact({ type })).toBe(false);
});
