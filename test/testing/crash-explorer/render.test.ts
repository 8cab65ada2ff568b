import { expect, test } from "vitest";
import type { CrashFault, CrashKind } from "../../../src/testing/crash-explorer/fault.ts";
import { rendered } from "../../../src/testing/crash-explorer/render.ts";
import {
  type AwaitStep,
  type EndedStep,
  failureOf,
  replyOf,
} from "../../../src/testing/crash-explorer/trace.ts";

const place = { delivery: 1, await: 2, operation: "store.put" };

function awaiting(
  kind: CrashKind,
  more: Partial<CrashFault> = {},
  reply: string | undefined = "done",
): AwaitStep {
  return { kind: "await", ...place, fault: { ...place, do: kind, ...more }, reply };
}

test.each([
  [awaiting("stop-before"), "not sent; the process stops here"],
  [awaiting("stop-after"), "done; the process stops before the reply"],
  [awaiting("lose-request"), "not done; the caller sees a lost connection"],
  [awaiting("lose-reply", {}, "failed: TIMEOUT"), "failed: TIMEOUT; the caller sees a lost connection"],
  [awaiting("sleep-before", { asleepMs: 0 }), "not sent yet; the process sleeps for a moment"],
  [awaiting("sleep-after", { asleepMs: 61_000 }), "done; the process sleeps for 61,000 ms before the reply"],
  [{ ...awaiting("stop-before"), fault: undefined }, "done"],
  [{ ...awaiting("stop-before"), fault: undefined, reply: undefined }, "no reply"],
])("an await says what happened there: %#", (step, line) => {
  expect(rendered([step])).toBe(`  2. store.put: ${line}`);
});

test.each([
  ["settled", "  settles"],
  ["stopped", ""],
  ["too long", "  does not answer; its host ends the process"],
  ["stuck", "  waits for nothing that is watched, nor for a timer of its runtime; its host ends the process"],
  ["crashed", "  throws in a timer; its host ends the process"],
  [{ failed: "TIMEOUT" }, "  rejects: TIMEOUT"],
] as const)("a delivery says how it ended: %j", (how, line) => {
  const step: EndedStep = { kind: "ended", delivery: 1, await: 3, how, fault: undefined };
  expect(rendered([step])).toBe(line);
});

test("a process that awakes says what goes on, and which of its timers and its reply comes first", () => {
  const fault = { ...place, do: "sleep-before", asleepMs: 5 } as const;
  const of = awaiting("sleep-before", { asleepMs: 5 });
  expect(
    rendered([
      { kind: "delivered", delivery: 2, afterMs: 5, isNewProcess: true },
      { kind: "awoke", delivery: 1, fault, overdueTimers: 2 },
      { kind: "resumed", of, sentNow: true },
      { kind: "awoke", delivery: 1, fault: { ...fault, wakes: "timers-first" }, overdueTimers: 1 },
      { kind: "resumed", of, sentNow: false },
      { kind: "ended", delivery: 1, await: 3, how: "settled", fault },
      { kind: "delivered", delivery: 3, afterMs: 1_234_567, isNewProcess: false },
    ]),
  ).toBe(`delivery 2, 5 ms later, in a new process:
delivery 1 awakes; overdue timers fire after that: 2
  2. store.put: sent now: done
delivery 1 awakes; overdue timers fire first: 1
  2. store.put: the reply arrives
  settles; its source does not hear so, and delivers again
delivery 3, 1,234,567 ms later, in the same process:`);
});

test("neither replies nor errors show what may be a payload", () => {
  expect(replyOf({ claimed: false, secret: "s", count: 3 })).toBe("done, claimed: false");
  expect([replyOf("secret"), replyOf(undefined), replyOf(null)]).toEqual(["done", "done", "done"]);
  expect(failureOf(Object.assign(new Error("secret"), { code: "TIMEOUT" }))).toBe("TIMEOUT");
  expect(failureOf(new TypeError("secret"))).toBe("TypeError");
  expect([failureOf("secret"), failureOf(null), failureOf({})]).toEqual(["string", "object", "object"]);
});
