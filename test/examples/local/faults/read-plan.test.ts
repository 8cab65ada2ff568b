import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FaultPlan } from "../../../../examples/local/faults/plan.ts";
import { FaultPlanError, readFaultPlan } from "../../../../examples/local/faults/read-plan.ts";
import { orderFaults } from "../../../../examples/orders/scenario/faults.ts";

function problemOf(plan: unknown): string {
  try {
    readFaultPlan(typeof plan === "string" ? plan : JSON.stringify(plan));
  } catch (error) {
    expect(error).toBeInstanceOf(FaultPlanError);
    return error instanceof Error ? error.message : "";
  }
  throw new Error("the plan was taken");
}

const kill = { do: "kill", function: "F", at: "before-answer" };

describe("reading a fault plan", () => {
  it("gives back what a run printed", () => {
    expect(readFaultPlan(JSON.stringify(orderFaults))).toEqual(orderFaults);
    expect(readFaultPlan("{}")).toEqual({});
  });

  it("takes every kind of moment", () => {
    const plan: FaultPlan = {
      invocations: [
        { do: "kill", function: "F", at: { afterMs: 0 } },
        { do: "kill", function: "F", at: { withinMs: 30 } },
        { do: "kill", function: "F", at: { atAwait: 1 } },
        { do: "kill", function: "F", at: { withinAwaits: 9 } },
        { do: "freeze", function: "F", at: "before-answer", forMs: 10 },
      ],
    };
    expect(readFaultPlan(JSON.stringify(plan))).toEqual(plan);
  });

  it.each([
    ["no JSON", "{", /is no JSON/],
    ["no object", [], /expected an object of lists/],
    ["a list that there is not", { request: [] }, /request: there is no such list; there are requests/],
    [
      "a field that there is not",
      { invocations: [{ ...kill, chanse: 1 }] },
      /invocations\[0\]\.chanse: there is no/,
    ],
    [
      "what every object has",
      { invocations: [{ ...kill, constructor: 1 }] },
      /\[0\]\.constructor: there is no such/,
    ],
    [
      "a missing field",
      { invocations: [{ do: "kill", at: "before-answer" }] },
      /\[0\]\.function: is missing/,
    ],
    [
      "S3's way to fail, elsewhere",
      { requests: [{ do: "fail-in-body", service: "sns" }] },
      /\[0\]\.do: only s3 answers 200/,
    ],
    [
      "a time that no timer can wait for",
      { invocations: [{ ...kill, do: "freeze", forMs: 2 ** 31 }] },
      /\[0\]\.forMs: expected milliseconds from 0 to 2147483647, not/,
    ],
    [
      "a failure that is no HTTP error",
      { thirdParties: [{ do: "fail", name: "bank", status: 99 }] },
      /\[0\]\.status: expected a status from 400 to 599, not 99/,
    ],
    [
      "a Retry-After that is no whole second",
      { thirdParties: [{ do: "fail", name: "bank", retryAfterS: 0.5 }] },
      /\[0\]\.retryAfterS: expected whole seconds, not 0\.5/,
    ],
    [
      "a burst of none",
      { thirdParties: [{ do: "fail", name: "bank", times: 0 }] },
      /\[0\]\.times: expected a whole number, 1 or more, not 0/,
    ],
    [
      "an unknown service",
      { requests: [{ do: "fail", service: "ec2" }] },
      /\[0\]\.service: expected one of dynamodb/,
    ],
    [
      "a chance over 1",
      { entries: [{ code: "X", chance: 2 }] },
      /\[0\]\.chance: expected a number from 0 to 1, not 2/,
    ],
    [
      "two moments",
      { invocations: [{ ...kill, at: { afterMs: 1, atAwait: 1 } }] },
      /\[0\]\.at: expected "before/,
    ],
    ["a freeze for ever", { invocations: [{ ...kill, do: "freeze" }] }, /\[0\]\.forMs: "freeze" needs it/],
    [
      "a delay of nothing",
      { requests: [{ do: "delay-reply", service: "s3" }] },
      /\[0\]\.delayMs: "delay-reply"/,
    ],
  ])("refuses %s, saying where", (_, plan, message) => {
    expect(problemOf(plan)).toMatch(message);
  });

  it("tells all problems at once", () => {
    expect(problemOf({ entries: [{}], deliveries: 3 }).split("\n")).toHaveLength(3);
  });

  it("refuses anything else with an error of its own and never throws another", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        try {
          readFaultPlan(json);
        } catch (error) {
          expect(error).toBeInstanceOf(FaultPlanError);
        }
      }),
    );
  });
});
