import { type CrashSchedule, type CrashWorld, type DeliveryEnd, exploreCrashes } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { foundBy } from "./found-by.ts";

/** A handler with two awaits, the second of which adds 1, however often it is delivered. */
function adding(check: (sum: number, ends: readonly DeliveryEnd[]) => void = () => {}): CrashWorld {
  let sum = 0;
  const ledger = {
    read: async () => sum,
    async add() {
      sum += 1;
    },
  };
  return {
    start({ watch }) {
      const { read, add } = watch("ledger", ledger);
      return async () => {
        await read();
        await add();
      };
    },
    check: (ends) => check(sum, ends),
  };
}

function once(sum: number): void {
  if (sum !== 1) throw new Error(`The sum is ${sum}.`);
}

describe("an exploration", () => {
  test("runs no fault, then each of eight at each await, and an answer that is not heard", async () => {
    expect(await exploreCrashes(() => adding())).toEqual({
      schedules: 1 + 2 * 8 + 1,
      deliveries: 1 + 2 * (4 * 2 + 4 * 3) + 2,
      isComplete: true,
      awaits: ["ledger.read", "ledger.add"],
    });
  });

  test("delivers again after every fault, so that each schedule with one fails when a repeat may not be", async () => {
    const found = await foundBy(() =>
      adding((_, ends) => {
        if (ends.length > 1) throw new Error("repeated");
      }),
    );
    expect(found.message).toContain("17 of 17 schedules with 1 fault fail.");
  });

  test("ends with a delivery that settled, begun when all else had ended", async () => {
    await exploreCrashes(
      () =>
        adding((_, ends) => {
          expect(ends.at(-1)).toMatchObject({ how: "settled", delivery: ends.length });
        }),
      { maxFaults: 2 },
    );
  });

  test("of more faults goes on from those that hold, and says when it was cut off", async () => {
    const pairs = await exploreCrashes(() => adding(), { maxFaults: 2 });
    expect(pairs.isComplete).toBe(true);
    const { schedules } = pairs;
    const cutOff = await exploreCrashes(() => adding(), { maxFaults: 2, maxSchedules: schedules - 1 });
    expect(cutOff).toMatchObject({ schedules: schedules - 1, isComplete: false });
    const whole = await exploreCrashes(() => adding(), { maxFaults: 2, maxSchedules: schedules });
    expect(whole).toEqual(pairs);
  });

  test("makes a fresh world for each schedule", async () => {
    let worlds = 0;
    const { schedules } = await exploreCrashes(() => {
      worlds += 1;
      return adding();
    });
    expect(worlds).toBe(schedules);
  });

  test("counts as awaits only what returns a Promise", async () => {
    const world = (): CrashWorld => {
      const store = { size: () => 1, read: async () => 1 };
      return {
        start({ watch }) {
          const { size, read } = watch("store", store);
          return async () => size() + (await read()) + size();
        },
        check: ([first]) => expect(first).toMatchObject({ how: "settled", answer: 3 }),
      };
    };
    const found = await foundBy(world);
    expect(found.schedule).toEqual([{ delivery: 1, await: 1, operation: "store.read", do: "stop-before" }]);
    const { awaits } = await exploreCrashes(world, { faults: ["lose-reply"], maxFaults: 0 });
    expect(awaits).toEqual(["store.read"]);
  });

  test("of thousands of schedules takes seconds", async () => {
    const report = await exploreCrashes(() => adding(), { maxFaults: 3, maxSchedules: 2_000 });
    expect(report.schedules).toBe(2_000);
  });
});

describe("a failure", () => {
  test("is the shortest schedule, with its steps, what the invariant says, and how to run it alone", async () => {
    const found = await foundBy(() => adding(once));
    expect(found).toMatchObject({ code: "CRASH_FOUND", cause: { message: "The sum is 2." } });
    expect(found.message).toBe(`The sum is 2.

11 of 17 schedules with 1 fault fail. The shortest:

delivery 1:
  1. ledger.read: done
  2. ledger.add: done; the process stops before the reply
delivery 2, 1,000,000 ms later, in a new process:
  1. ledger.read: done
  2. ledger.add: done
  settles

To run it alone: { schedule: [{"delivery":1,"await":2,"operation":"ledger.add","do":"stop-after"}] }`);
  });

  test("needs as many faults as its schedule has: fewer hold", async () => {
    const most = (sum: number): void => {
      if (sum > 2) throw new Error(`The sum is ${sum}.`);
    };
    await exploreCrashes(() => adding(most), { faults: ["stop-after"] });
    const found = await foundBy(() => adding(most), { faults: ["stop-after"], maxFaults: 3 });
    expect(found.schedule).toHaveLength(2);
  });

  test("happens again when its schedule is run alone, also after being printed and read", async () => {
    const found = await foundBy(() => adding(once), { maxFaults: 2 });
    const schedule = JSON.parse(JSON.stringify(found.schedule)) as CrashSchedule;
    const again = await foundBy(() => adding(once), { schedule });
    expect(again.steps).toBe(found.steps);
    expect(again.message).toContain("1 of 1 schedules with 1 fault fail");
  });

  test("without any fault says so", async () => {
    const found = await foundBy(() => adding((sum) => once(sum + 1)));
    expect(found.message).toContain("It fails although nothing goes wrong:\n\ndelivery 1:");
    expect(found.schedule).toEqual([]);
  });

  test("is also an event that no delivery settles, with the last error as the cause's cause", async () => {
    const locked = (): CrashWorld => {
      let isLocked = false;
      const lock = {
        async take() {
          if (isLocked) throw new Error("locked");
          isLocked = true;
        },
        async giveBack() {
          isLocked = false;
        },
      };
      return {
        start({ watch }) {
          const { take, giveBack } = watch("lock", lock);
          return async () => {
            await take();
            await giveBack();
          };
        },
        check: () => {},
      };
    };
    const found = await foundBy(locked, { maxDeliveries: 3 });
    expect(found.cause).toMatchObject({ code: "CRASH_NEVER_SETTLED", cause: { message: "locked" } });
    expect(found.schedule).toMatchObject([{ await: 1, do: "stop-after" }]);
    expect(found.steps).toBe(`delivery 1:
  1. lock.take: done; the process stops before the reply
delivery 2, 1,000,000 ms later, in a new process:
  1. lock.take: failed: Error
  rejects: Error
delivery 3, 1,000,000 ms later, in the same process:
  1. lock.take: failed: Error
  rejects: Error`);
    expect(await exploreCrashes(locked, { mustSettle: false })).toMatchObject({ isComplete: true });
  });
});

describe("what would explore nothing is an error:", () => {
  test("a handler that awaits nothing watched", async () => {
    const unwatched = (): CrashWorld => ({ start: () => async () => "done", check: () => {} });
    await expect(exploreCrashes(unwatched)).rejects.toThrow("the handler awaited nothing that is watched");
  });

  test("a handler that does something else in each run", async () => {
    let runs = 0;
    const moody = (): CrashWorld => {
      runs += 1;
      const isOdd = runs % 2 === 1;
      return {
        start({ watch }) {
          const store = watch("store", { read: async () => 1, write: async () => 2 });
          return () => (isOdd ? store.read() : store.write());
        },
        check: () => {},
      };
    };
    await expect(exploreCrashes(moody)).rejects.toMatchObject({
      code: "CRASH_NOT_REPEATABLE",
      message: expect.stringContaining("await 1 (store.read) of delivery 1 was not reached"),
    });
  });

  test.each([
    [{ maxFault: 1 }, 'there is no option "maxFault"'],
    [{ maxFaults: 1.5 }, "maxFaults must be a whole number of at least 0"],
    [{ maxDeliveries: 1 }, "maxDeliveries must be a whole number of at least 2"],
    [{ asleepMs: [-1] }, "asleepMs must be a number of at least 0"],
    [{ faults: ["kill"] }, 'faults: there is no "kill"'],
  ])("%j", async (options, message) => {
    await expect(exploreCrashes(() => adding(), options as never)).rejects.toThrow(message);
  });
});
