import { rootCall, sleep, timeout, wrap } from "holdfast";
import {
  type CrashFault,
  type CrashKind,
  type CrashProcess,
  type CrashWorld,
  type DeliveryEnd,
  exploreCrashes,
} from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { runSchedule } from "../../../src/testing/crash-explorer/run-schedule.ts";

/** What happened in a run of one fault, as the durable world saw it. */
async function seenUnder(
  fault: Partial<CrashFault> & { readonly do: CrashKind },
  handle: (process: CrashProcess, seen: string[]) => (delivery: number) => Promise<unknown>,
): Promise<{ readonly seen: readonly string[]; readonly ends: readonly DeliveryEnd[] }> {
  const seen: string[] = [];
  let ended: readonly DeliveryEnd[] = [];
  const world = (): CrashWorld => ({
    start: (process) => handle(process, seen),
    check(ends) {
      ended = ends;
    },
  });
  await exploreCrashes(world, {
    schedule: [{ delivery: 1, await: 1, operation: "target.call", ...fault }],
    mustSettle: false,
  });
  return { seen, ends: ended };
}

/** A target that notes what it was sent. */
function targetOf({ watch }: CrashProcess, seen: string[]) {
  return watch("target", {
    async call(what: string) {
      seen.push(what);
      return what;
    },
  });
}

/** Sends its process's number twice: `1a`, `1b`. */
function numbered() {
  let processes = 0;
  return (process: CrashProcess, seen: string[]) => {
    processes += 1;
    const number = processes;
    const target = targetOf(process, seen);
    return async () => {
      await target.call(`${number}a`);
      return target.call(`${number}b`);
    };
  };
}

describe("at an await", () => {
  test.each([
    // A new process, for the first one has ended, and did nothing more.
    ["stop-before", 1, ["2a", "2b"]],
    ["stop-after", 1, ["1a", "2a", "2b"]],
    ["stop-before", 2, ["1a", "2a", "2b"]],
    // The handler fails, and its process goes on to serve the next delivery.
    ["lose-request", 1, ["1a", "1b"]],
    ["lose-reply", 1, ["1a", "1a", "1b"]],
    // Another process does the work meanwhile; the one that slept serves what comes next.
    ["sleep-before", 1, ["2a", "2b", "1a", "1b", "1a", "1b"]],
    ["sleep-after", 1, ["1a", "2a", "2b", "1b", "1a", "1b"]],
    ["sleep-after", 2, ["1a", "1b", "2a", "2b", "1a", "1b"]],
  ] as const)("%s, at the %ith: %j", async (kind, at, expected) => {
    const { seen } = await seenUnder({ do: kind, await: at }, numbered());
    expect(seen).toEqual(expected);
  });

  test("a lost connection is an error that the handler may deal with", async () => {
    const { seen, ends } = await seenUnder({ do: "lose-reply" }, (process, sent) => {
      const target = targetOf(process, sent);
      return () => target.call("first").catch(() => target.call("again"));
    });
    expect(seen).toEqual(["first", "again", "first"]);
    expect(ends).toEqual([
      { delivery: 1, how: "settled", answer: "again" },
      { delivery: 2, how: "settled", answer: "first" },
    ]);
  });

  test("the error of a lost connection is the caller's to choose", async () => {
    const errors: unknown[] = [];
    const world = (): CrashWorld => ({
      start({ watch }) {
        const target = watch("target", { call: async () => 1 });
        return () => target.call().catch((error: unknown) => errors.push(error));
      },
      check: () => {},
    });
    const lostError = (operation: string): string => `lost: ${operation}`;
    await exploreCrashes(world, { lostError, faults: ["lose-request"] });
    expect(errors).toEqual(["lost: target.call"]);
  });
});

describe("a process that stopped", () => {
  test("does nothing more, whatever else it had begun", async () => {
    const { seen } = await seenUnder({ do: "stop-before" }, (process, sent) => {
      const target = targetOf(process, sent);
      const call = rootCall({ runtime: process.runtime });
      return () =>
        Promise.all([
          target.call("one"),
          target.call("two").then(() => target.call("three")),
          sleep(call, 10).then(() => target.call("late")),
        ]);
    });
    // The first process ended at its first await; all of this is the second's.
    expect(seen).toEqual(["one", "two", "three", "late"]);
  });

  test("has no timers any more: a heartbeat ends with it", async () => {
    let beats = 0;
    await seenUnder({ do: "stop-after" }, (process, sent) => {
      const target = targetOf(process, sent);
      const { runtime } = process;
      const beat = (): void => {
        beats += 1;
        cancel = runtime.setTimer(1_000, beat);
      };
      let cancel = runtime.setTimer(1_000, beat);
      return () => target.call("work").finally(() => cancel());
    });
    expect(beats).toBe(0);
  });

  test("begins no timer any more", async () => {
    const { seen } = await seenUnder({ do: "stop-before" }, (process, sent) => {
      const target = targetOf(process, sent);
      return async (delivery: number) => {
        const calling = target.call("call");
        process.runtime.setTimer(10, () => sent.push(`timer of ${delivery}`));
        await calling;
        await sleep(rootCall({ runtime: process.runtime }), 20);
      };
    });
    expect(seen).toEqual(["call", "timer of 2"]);
  });

  test("that sleeps before it would have stopped, stops when it awakes", async () => {
    const seen: string[] = [];
    const world = (): CrashWorld => ({
      start(process) {
        const target = targetOf(process, seen);
        return () => Promise.all([target.call("one"), target.call("two")]);
      },
      check: () => {},
    });
    const fault = { delivery: 1, operation: "target.call" } as const;
    await exploreCrashes(world, {
      schedule: [
        { ...fault, await: 1, do: "stop-after" },
        { ...fault, await: 2, do: "sleep-before" },
      ],
    });
    expect(seen).toEqual(["one", ...["one", "two"], "two", ...["one", "two"]]);
  });

  test("loses its memory; one that goes on keeps it", async () => {
    const remembering = (process: CrashProcess, sent: string[]) => {
      const target = targetOf(process, sent);
      let isWarm = false;
      return async () => {
        const what = isWarm ? "warm" : "cold";
        isWarm = true;
        await target.call(what);
      };
    };
    expect((await seenUnder({ do: "stop-after" }, remembering)).seen).toEqual(["cold", "cold"]);
    expect((await seenUnder({ do: "lose-reply" }, remembering)).seen).toEqual(["cold", "warm"]);
    expect((await seenUnder({ do: "sleep-after" }, remembering)).seen).toEqual(["cold", "cold", "warm"]);
  });
});

describe("a process that sleeps", () => {
  test("gets the replies to all it had sent when it awakes, and its timers only then", async () => {
    const { seen } = await seenUnder({ do: "sleep-after", asleepMs: 60_000 }, (process, sent) => {
      const target = targetOf(process, sent);
      const { runtime } = process;
      return async () => {
        const beganMs = runtime.now();
        const note = (what: string) => () => void sent.push(`${what} after ${runtime.now() - beganMs}`);
        runtime.setTimer(1_000, note("timer"));
        await Promise.all([target.call("a").then(note("a")), target.call("b").then(note("b"))]);
      };
    });
    expect(seen.slice(0, 8)).toEqual([
      "a",
      "b",
      // The other delivery.
      "a",
      "b",
      "a after 0",
      "b after 0",
      // The one that slept.
      "a after 60000",
      "b after 60000",
    ]);
    expect(seen[8]).toBe("timer after 60000");
  });

  test("may find its timers first, when they became overdue; both orders are tried", async () => {
    const orders: string[] = [];
    const world = (): CrashWorld => {
      let deliveries = 0;
      return {
        start({ watch, runtime }) {
          const { call } = watch("target", { call: async () => 1 });
          const limited = wrap(() => call(), timeout({ ms: 1_000 }));
          return async () => {
            deliveries += 1;
            const isFirst = deliveries === 1;
            const outcome = await limited(undefined, rootCall({ runtime })).then(
              () => "replied",
              (error: { readonly code: string }) => error.code,
            );
            if (isFirst) orders.push(outcome);
          };
        },
        check: () => {},
      };
    };
    const report = await exploreCrashes(world, { faults: ["sleep-before"], asleepMs: 60_000 });
    // Without a fault, asleep, asleep with the timers first.
    expect(orders).toEqual(["replied", "replied", "TIMEOUT"]);
    expect(report.schedules).toBe(3);
  });

  test("can cancel a timer that became overdue, once its reply has arrived", async () => {
    const { seen } = await seenUnder({ do: "sleep-after", asleepMs: 60_000 }, (process, sent) => {
      const target = targetOf(process, sent);
      return async () => {
        const cancel = process.runtime.setTimer(1_000, () => sent.push("timer"));
        await target.call("call");
        cancel();
      };
    });
    expect(seen).toEqual(["call", "call", "call"]);
  });

  test("sends what it was about to send although its handler has given up meanwhile", async () => {
    const { seen } = await seenUnder(
      { do: "sleep-before", asleepMs: 60_000, wakes: "timers-first" },
      (process, sent) => {
        const target = targetOf(process, sent);
        const limited = wrap(() => target.call("sent"), timeout({ ms: 1_000 }));
        return () =>
          limited(undefined, rootCall({ runtime: process.runtime })).catch((error: unknown) => {
            sent.push("gave up");
            throw error;
          });
      },
    );
    expect(seen).toEqual(["sent", "gave up", "sent", "sent"]);
  });

  test("may sleep twice, and its event comes again each time", async () => {
    const seen: string[] = [];
    const handle = numbered();
    const asleep = { delivery: 1, operation: "target.call", do: "sleep-before" } as const;
    await exploreCrashes(() => ({ start: (process) => handle(process, seen), check: () => {} }), {
      schedule: [
        { ...asleep, await: 1 },
        { ...asleep, await: 2 },
      ],
    });
    expect(seen).toEqual(["2a", "2b", "1a", "2a", "2b", "1b", "1a", "1b"]);
  });

  test("that sleeps again lets the older one go on, not itself", async () => {
    const seen: string[] = [];
    const handle = numbered();
    const asleep = { operation: "target.call", do: "sleep-after" } as const;
    await exploreCrashes(() => ({ start: (process) => handle(process, seen), check: () => {} }), {
      schedule: [
        { ...asleep, delivery: 1, await: 1 },
        { ...asleep, delivery: 2, await: 1 },
        { ...asleep, delivery: 2, await: 2, meanwhile: "older" },
      ],
    });
    // The second run ends last, so its process serves the last delivery.
    expect(seen).toEqual(["1a", "2a", "3a", "3b", "2b", "1b", "2a", "2b"]);
  });

  test("may be overtaken by the one that fell asleep before it: two runs take turns", async () => {
    const orders: string[] = [];
    const world = (): CrashWorld => {
      const seen: string[] = [];
      const handle = numbered();
      return {
        start: (process) => handle(process, seen),
        check() {
          orders.push(seen.slice(0, 4).join(" "));
        },
      };
    };
    await exploreCrashes(world, { faults: ["sleep-after"], asleepMs: 0, maxFaults: 2 });
    // Every order of two runs that send two things each; 1a comes first, for who is first is number 1.
    expect([...new Set(orders)].filter((order) => /1b.*2b|2b.*1b/.test(order)).sort()).toEqual([
      "1a 1b 2a 2b",
      "1a 2a 1b 2b",
      "1a 2a 2b 1b",
    ]);
  });
});

describe("a host", () => {
  test("starts another process when one has thrown in a timer between two deliveries", async () => {
    const { seen } = await seenUnder({ do: "lose-reply" }, (process, sent) => {
      const target = targetOf(process, sent);
      let served = 0;
      return async () => {
        served += 1;
        process.runtime.setTimer(500_000, () => {
          throw new Error("nobody catches this");
        });
        await target.call(`number ${served} of its process`);
      };
    });
    expect(seen).toEqual(["number 1 of its process", "number 1 of its process"]);
  });

  test("ends a process that never answers", async () => {
    const { seen, ends } = await seenUnder({ do: "lose-reply" }, (process, sent) => {
      const target = targetOf(process, sent);
      return () => target.call("call").catch(() => new Promise(() => {}));
    });
    expect(ends).toMatchObject([{ how: "stopped" }, { how: "settled" }]);
    expect(seen).toEqual(["call", "call"]);
  });

  test("ends a process that never answers but for its heartbeat, after 900 seconds", async () => {
    let beats = 0;
    const { ends } = await seenUnder({ do: "lose-reply" }, (process, sent) => {
      const target = targetOf(process, sent);
      const beat = (): void => {
        beats += 1;
        process.runtime.setTimer(1_000, beat);
      };
      return () =>
        target.call("call").catch(() => {
          beat();
          return new Promise(() => {});
        });
    });
    expect(ends).toMatchObject([{ how: "stopped" }, { how: "settled" }]);
    expect(beats).toBe(901);
  });

  test("ends a process that throws in a timer", async () => {
    const { seen, ends } = await seenUnder({ do: "lose-reply" }, (process, sent) => {
      const target = targetOf(process, sent);
      return () =>
        target.call("call").catch(() => {
          process.runtime.setTimer(5, () => {
            throw new Error("nobody catches this");
          });
          return new Promise(() => {});
        });
    });
    expect(ends).toMatchObject([{ how: "stopped" }, { how: "settled" }]);
    expect(seen).toEqual(["call", "call"]);
  });
});

test("a handler is told which delivery it handles", async () => {
  const told: number[] = [];
  await seenUnder({ do: "stop-after" }, (process, sent) => {
    const target = targetOf(process, sent);
    return async (delivery: number) => {
      told.push(delivery);
      await target.call("");
    };
  });
  expect(told).toEqual([1, 2]);
});

describe("chance and identifiers", () => {
  test("are other ones in each process, and the same in each run", async () => {
    const drawn: { readonly id: string; readonly chance: number }[] = [];
    const drawing = (process: CrashProcess, sent: string[]) => {
      const target = targetOf(process, sent);
      const { runtime } = process;
      return async () => {
        await target.call("");
        drawn.push({ id: runtime.newId(), chance: runtime.random() });
      };
    };
    await seenUnder({ do: "sleep-after" }, drawing);
    const first = drawn.splice(0);
    await seenUnder({ do: "sleep-after" }, drawing);
    expect(drawn).toEqual(first);
    expect(new Set(first.map(({ id }) => id)).size).toBe(3);
    expect(new Set(first.map(({ chance }) => chance)).size).toBe(3);
  });
});

test("nothing is pending at the end, whatever a handler leaves behind", async () => {
  const leaving = (): CrashWorld => ({
    start({ watch, runtime }) {
      const target = watch("target", { call: async () => 1 });
      return async () => {
        runtime.setTimer(5_000_000, () => {});
        await target.call();
      };
    },
    check: () => {},
  });
  const settings = { redeliverAfterMs: 1_000, maxDeliveries: 5, mustSettle: true, lostError: () => "lost" };
  for (const kind of ["stop-after", "sleep-after", "lose-reply"] as const) {
    const fault = { delivery: 1, await: 1, operation: "target.call", do: kind };
    const run = await runSchedule(leaving, [fault], settings);
    expect(run).toMatchObject({ problem: undefined, faultsLeft: 0, pendingTimers: 0 });
  }
});
