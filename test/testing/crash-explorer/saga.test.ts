import { rootCall, TerminalError } from "holdfast";
import { memoryStore } from "holdfast/idempotency/memory";
import { resumable } from "holdfast/idempotency/steps";
import { type CrashWorld, exploreCrashes } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { foundBy } from "./found-by.ts";

const STEPS = ["charge", "reserve", "ship"] as const;
type Step = (typeof STEPS)[number];

/** Does what it is asked, once for each key that it is given; what it did is a list, in which the same twice would stand twice. */
function target(fails: Step | undefined, honoursKeys: boolean) {
  const done: string[] = [];
  const answers = new Map<string, string>();

  async function once(what: string, key: string): Promise<string> {
    const known = honoursKeys ? answers.get(key) : undefined;
    if (known !== undefined) return known;
    done.push(what);
    const answer = `${what} ${done.length}`;
    answers.set(key, answer);
    return answer;
  }

  return {
    done,
    async ask(step: Step, key: string): Promise<string> {
      if (step === fails) throw new TerminalError(`no ${step}`);
      return once(step, key);
    },
    async undo(step: Step, given: string, key: string): Promise<void> {
      if (!given.startsWith(step)) throw new TerminalError(`told ${given}`);
      await once(`undo ${step}`, key);
    },
  };
}

interface Plan {
  readonly fails?: Step;
  readonly honoursKeys?: boolean;
  readonly transacts?: boolean;
}

/** What becomes of a unit of three steps, which is done wholly, or is wholly taken back. */
function saga({ fails, honoursKeys = true, transacts = false }: Plan): CrashWorld {
  const records = memoryStore();
  const third = target(fails, honoursKeys);
  return {
    start({ watch, runtime }) {
      const { ask, undo } = watch("target", third);
      const fulfil = resumable(
        async (_: string, { unit }) => {
          const answers: string[] = [];
          for (const name of STEPS) {
            const answer = await unit.step(name, ({ idempotencyKey }) => ask(name, idempotencyKey), {
              compensate: (given, { idempotencyKey }) => undo(name, given, idempotencyKey),
            });
            answers.push(answer);
          }
          return transacts ? unit.transact([{ add: answers }], answers) : answers;
        },
        { store: watch("store", records), operation: "fulfil", key: (id) => id },
      );
      // That the unit has failed for good is an answer, which its source need not hear again.
      return () =>
        fulfil("o-1", rootCall({ runtime, timeoutMs: 30_000 })).catch((error: { code?: string }) => {
          if (error.code === "TERMINAL") return "failed";
          throw error;
        });
    },
    check(ends) {
      const answers = new Set(ends.map((end) => (end.how === "settled" ? JSON.stringify(end.answer) : "")));
      answers.delete("");
      expect(answers.size, "different answers").toBe(1);
      if (fails === undefined) {
        expect(third.done, "done").toEqual(STEPS);
        expect(records.applied, "applied").toHaveLength(transacts ? 1 : 0);
        return;
      }
      const before = STEPS.slice(0, STEPS.indexOf(fails));
      expect(third.done, "done").toEqual([...before, ...before.map((step) => `undo ${step}`).reverse()]);
      expect(records.applied, "applied").toEqual([]);
    },
  };
}

/** One fault, wherever it may be; then every pair. */
const plans: readonly (readonly [name: string, plan: Plan, one: number, two: number])[] = [
  ["that succeeds is done wholly", {}, 66, 3_727],
  ["that fails at its last step is taken back wholly, the last step first", { fails: "ship" }, 98, 7_427],
  ["that ends with a transaction is done wholly, and applied once", { transacts: true }, 66, 3_751],
];

describe("a saga whose target honours keys", () => {
  test.each(plans)("%s, whatever await it dies, loses a reply or sleeps at", async (_, plan, schedules) => {
    expect(await exploreCrashes(() => saga(plan))).toMatchObject({ schedules, isComplete: true });
  });

  test.each(plans)(
    "%s, under every pair of faults",
    async (_, plan, __, schedules) => {
      const report = await exploreCrashes(() => saga(plan), { maxFaults: 2 });
      expect(report).toMatchObject({ schedules, isComplete: true });
    },
    60_000,
  );

  test("has these awaits: each step that is run costs one write more", async () => {
    const { awaits } = await exploreCrashes(() => saga({ fails: "reserve" }));
    expect(awaits).toEqual([
      "store.claim",
      "target.ask",
      "store.write", // charge
      "target.ask",
      "store.write", // that the unit has failed
      "target.undo",
      "store.write", // charge is undone
      "store.write", // the end
    ]);
  });
});

test.each([{}, { fails: "ship" }] as const)(
  "a target that ignores keys is found by one fault: the process stops when a step is done: %j",
  async (plan) => {
    const found = await foundBy(() => saga({ ...plan, honoursKeys: false }));
    expect(found.message).toContain("done: expected [ 'charge', 'charge'");
    expect(found.schedule).toEqual([{ delivery: 1, await: 2, operation: "target.ask", do: "stop-after" }]);
  },
);
