import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { percentile, startTally } from "../../../examples/local/run/tally.ts";
import type { CloudFact } from "../../../examples/local/services.ts";

function start(functionName: string, attempt: number): CloudFact {
  return { type: "invoke-start", functionName, requestId: "r", source: "async", attempt };
}

function log(line: string): CloudFact {
  return { type: "log", functionName: "store", requestId: "r", line };
}

function tallied(...facts: readonly CloudFact[]) {
  const tally = startTally(() => 42);
  for (const fact of facts) tally.count(fact);
  return tally;
}

describe("the tally", () => {
  it("counts every invocation, and as retries those that are not the first attempt", () => {
    const tally = tallied(start("store", 1), start("store", 2), start("store", 3), start("other", 2));
    expect(tally.invocations).toBe(4);
    expect(tally.retriesOf("store")).toBe(2);
    expect(tally.retriesOf("other")).toBe(1);
    expect(tally.retriesOf("unknown")).toBe(0);
  });

  it("counts a second delivery made on purpose as a duplicate, not as a retry", () => {
    const tally = tallied(
      start("store", 1),
      { type: "duplicate", functionName: "store", records: 10 },
      start("store", 2),
      start("store", 2),
    );
    expect(tally.duplicatesOf("store")).toBe(10);
    expect(tally.retriesOf("store")).toBe(1);
    expect(tally.duplicatesOf("other")).toBe(0);
  });

  it("counts the environments of a function by their first invocations", () => {
    const end = (coldStart: boolean) =>
      ({
        type: "invoke-end",
        functionName: "store",
        requestId: "r",
        outcome: "ok",
        durationMs: 1,
        coldStart,
      }) as const;
    const tally = tallied(end(true), end(false), end(true));
    expect(tally.environmentsOf("store")).toBe(2);
    expect(tally.environmentsOf("other")).toBe(0);
  });

  it("has no negative retries while a duplicate has been announced and not begun", () => {
    expect(tallied({ type: "duplicate", functionName: "store", records: 1 }).retriesOf("store")).toBe(0);
  });

  it("counts kills, and keeps what was dead-lettered or dropped with its reason", () => {
    const tally = tallied(
      { type: "killed", functionName: "store", requestId: "r" },
      { type: "dead-letter", from: "queue", to: "dead", reason: "received 3 times" },
      { type: "dropped", from: "rule", reason: "no target" },
    );
    expect(tally.killed).toBe(1);
    expect(tally.deadLetters).toEqual([
      { from: "queue", reason: "received 3 times" },
      { from: "rule", reason: "no target" },
    ]);
  });

  it("counts everything that is made to go wrong, whatever its kind", () => {
    const { disturbances } = tallied(
      { type: "entry-refused", code: "ThrottlingException" },
      { type: "third-party-fault", name: "accounting", fate: "dead" },
      { type: "third-party-fault", name: "accounting", fate: "slow" },
      { type: "clock-skewed", functionName: "store", byMs: -150 },
    );
    expect(disturbances).toMatchObject({
      "entries refused": 1,
      "answers from outside spoiled": 2,
      "clocks set wrong": 1,
    });
  });

  it("keeps log lines that are JSON objects with when they came, and other lines apart", () => {
    const tally = tallied(log('{"outcome":"ok"}'), log("plain"), log("[1]"), log("null"), log("3"));
    expect(tally.logs).toEqual([{ functionName: "store", atMs: 42, fields: { outcome: "ok" } }]);
    expect(tally.otherLines).toEqual(["plain", "[1]", "null", "3"]);
  });

  it("is not disturbed by facts that it does not count", () => {
    const tally = tallied({ type: "event-published", busName: "bus", matchedRules: 1 });
    expect([tally.invocations, tally.killed, tally.deadLetters]).toEqual([0, 0, []]);
  });
});

describe("a percentile", () => {
  it.each([
    [[], 0.5, 0],
    [[3], 0.95, 3],
    [[4, 1, 3, 2], 0.5, 3],
    [[1.4], 0.5, 1],
  ])("of %j at %d is %d", (values, share, expected) => {
    expect(percentile(values, share)).toBe(expected);
  });

  it("is found among 1 to 100", () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentile(values, 0.5)).toBe(51);
    expect(percentile(values, 0.95)).toBe(96);
    expect(percentile(values, 1)).toBe(100);
  });

  it("is one of the values, with no more than its share below it, and leaves them as they were", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const before = [...values];
          const found = percentile(values, share);
          expect(values).toEqual(before);
          expect(values).toContain(found);
          expect(values.filter((value) => value < found).length).toBeLessThanOrEqual(values.length * share);
        },
      ),
    );
  });
});
