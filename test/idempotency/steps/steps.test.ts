import { type Call, rootCall, TerminalError, wrap } from "holdfast";
import { idempotent, type WriteAnswer } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { resumable, type WithSteps } from "holdfast/idempotency/steps";
import { retry } from "holdfast/retry";
import { beforeEach, describe, expect, test } from "vitest";
import { withWrites } from "../../support/store-writes.ts";
import { busy, type Order, order, type World, world } from "./world.ts";

let w: World;
beforeEach(() => {
  w = world();
});

describe("a step that is done", () => {
  test("is not run again after a failure: the next run gets its result", async () => {
    w.bank.failures.set("ship", [busy()]);
    const fulfil = w.fulfil();
    await expect(fulfil(order, w.call())).rejects.toThrow("busy");
    expect(await fulfil(order, w.call())).toBe("charge done");
    expect(w.bank.log).toEqual(["charge", "reserve", "ship", "ship"]);
  });

  test("is run again where nothing protects it: the control", async () => {
    w.bank.failures.set("ship", [busy()]);
    const plain = async (): Promise<void> => {
      for (const what of ["charge", "reserve", "ship"]) await w.bank.ask(what, "");
    };
    await expect(plain()).rejects.toThrow("busy");
    await plain();
    expect(w.bank.log.filter((what) => what === "charge")).toHaveLength(2);
  });

  test("is not run again by whoever takes over after a crash", async () => {
    let crashes = true;
    const fulfil = resumable(
      async (_: Order, { unit }) => {
        const paid = await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey));
        if (crashes) await new Promise(() => {});
        return paid;
      },
      w.options({ leaseMs: 1_000, heartbeatMs: false }),
    );
    void fulfil(order, w.call());
    await w.clock.advance(1_001);
    crashes = false;
    expect(await fulfil(order, w.call())).toBe("charge done");
    expect(w.bank.log).toEqual(["charge"]);
  });

  test("comes back with the claim: a run that resumes asks the store nothing else", async () => {
    const asked: string[] = [];
    const store = memoryStore();
    const counting = {
      ...store,
      claim: (...given: Parameters<typeof store.claim>) => {
        asked.push("claim");
        return store.claim(...given);
      },
      read: (...given: Parameters<typeof store.read>) => {
        asked.push("read");
        return store.read(...given);
      },
    };
    w = world(counting);
    w.bank.failures.set("ship", [busy()]);
    const fulfil = w.fulfil();
    await expect(fulfil(order, w.call())).rejects.toThrow("busy");
    await fulfil(order, w.call());
    expect(asked).toEqual(["claim", "claim"]);
  });

  test("gives each run a copy of its result, of any plain data", async () => {
    const when = new Date(7);
    const seen: { when: Date; paid: bigint }[] = [];
    let fails = true;
    const fulfil = resumable(async (_: Order, { unit }) => {
      const receipt = await unit.step("charge", async () => ({ when, paid: 5n }));
      seen.push(receipt);
      if (fails) throw busy();
      return receipt.paid;
    }, w.options());
    await expect(fulfil(order, w.call())).rejects.toThrow("busy");
    fails = false;
    expect(await fulfil(order, w.call())).toBe(5n);
    expect(seen[1]).toEqual({ when, paid: 5n });
    expect(seen[1]?.when).not.toBe(when);
  });

  test("is dropped from the record when the unit is completed", async () => {
    await w.fulfil()(order, w.call());
    const [id] = w.facts.flatMap((fact) => (fact.type === "idempotency.completed" ? [fact["id"]] : []));
    const record = await w.store.read(String(id), w.call());
    expect(record?.state).toBe("COMPLETED");
    expect(record?.steps).toBeUndefined();
  });

  test("is recorded although the call's time ran out while it was done", async () => {
    let finish: (() => void) | undefined;
    const slow = resumable(
      async (_: Order, { unit }) =>
        unit.step("charge", async () => {
          w.bank.log.push("charge");
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
        }),
      w.options(),
    );
    const run = slow(order, rootCall({ runtime: w.clock, timeoutMs: 1_000 })).catch(
      (error: unknown) => error,
    );
    await w.clock.advance(1_100);
    finish?.();
    await run;
    await slow(order, w.call());
    expect(w.bank.log).toEqual(["charge"]);
  });
});

describe("the idempotency key of a step", () => {
  test("is the same in every run, and another for each step and each unit", async () => {
    w.bank.failures.set("ship", [busy(), busy()]);
    const fulfil = w.fulfil();
    await expect(fulfil(order, w.call())).rejects.toThrow("busy");
    await expect(fulfil(order, w.call())).rejects.toThrow("busy");
    await fulfil(order, w.call());
    await fulfil({ id: "o-2" }, w.call());
    const [charge, reserve, ship, again, third, ...others] = w.bank.keys;
    expect([again, third]).toEqual([ship, ship]);
    expect(new Set([charge, reserve, ship, ...others]).size).toBe(6);
  });

  test("is a UUID, which fits everywhere", async () => {
    await w.fulfil()(order, w.call());
    for (const key of w.bank.keys) {
      expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  test("does not change from one version of the package to the next", async () => {
    const { stepKey } = await import("../../../src/idempotency/steps/step-key.ts");
    expect(stepKey("fulfil#abc", "step", "charge")).toMatchInlineSnapshot(
      `"e0437009-2b90-8042-8483-2b44b71f5db5"`,
    );
    expect(stepKey("fulfil#abc", "compensation", "charge")).toMatchInlineSnapshot(
      `"be8998bb-acc7-8beb-8741-9ccda7417f9c"`,
    );
  });
});

describe("steps side by side", () => {
  const both = (fails: { first: boolean }) =>
    resumable(async (_: Order, { unit }) => {
      const answers = await Promise.all([
        unit.step("left", async () => {
          w.bank.log.push("left");
          if (fails.first) throw busy();
          return 1;
        }),
        unit.step("right", async () => {
          w.bank.log.push("right");
          return 2;
        }),
      ]);
      return answers.reduce((sum, one) => sum + one);
    }, w.options());

  test("are each run until they are done, and not once more", async () => {
    const fails = { first: true };
    const run = both(fails);
    await expect(run(order, w.call())).rejects.toThrow("busy");
    fails.first = false;
    expect(await run(order, w.call())).toBe(3);
    expect(w.bank.log).toEqual(["left", "right", "left"]);
  });

  test("that go on when the function has failed are waited for, and recorded", async () => {
    let finish: ((value: number) => void) | undefined;
    let fails = true;
    const run = resumable(async (_: Order, { unit }) => {
      const slow = unit.step("slow", () => {
        w.bank.log.push("slow");
        return fails ? new Promise<number>((resolve) => (finish = resolve)) : Promise.resolve(0);
      });
      if (fails) throw busy();
      return slow;
    }, w.options());
    const first = run(order, w.call()).catch((error: unknown) => error);
    await w.clock.advance(10);
    finish?.(9);
    expect(await first).toMatchObject({ message: "busy" });
    fails = false;
    expect(await run(order, w.call())).toBe(9);
    expect(w.bank.log).toEqual(["slow"]);
  });

  test("that nobody awaits are waited for, and their failure is the unit's", async () => {
    const run = resumable(async (_: Order, { unit }) => {
      void unit.step("forgotten", async () => {
        await Promise.resolve();
        throw busy();
      });
      return "done";
    }, w.options());
    await expect(run(order, w.call())).rejects.toThrow("busy");
  });
});

describe("a step's own policies", () => {
  test("a retry inside a step is one step, with one key for all its attempts", async () => {
    w.bank.failures.set("charge", [busy(), busy()]);
    const charge = wrap((key: string) => w.bank.ask("charge", key), retry({ maxAttempts: 3 }));
    const run = resumable(
      async (_: Order, call) =>
        call.unit.step("charge", ({ idempotencyKey }) => charge(idempotencyKey, call)),
      w.options(),
    );
    const answer = run(order, w.call());
    await w.clock.advance(60_000);
    expect(await answer).toBe("charge done");
    expect(new Set(w.bank.keys).size).toBe(1);
    expect(w.bank.keys).toHaveLength(3);
  });

  test("a retry round the unit goes on at the step that failed", async () => {
    w.bank.failures.set("ship", [busy(), busy()]);
    const fulfil = wrap(w.fulfil(), retry({ maxAttempts: 3 }));
    const answer = fulfil(order, w.call());
    await w.clock.advance(60_000);
    expect(await answer).toBe("charge done");
    expect(w.bank.log).toEqual(["charge", "reserve", "ship", "ship", "ship"]);
  });
});

describe("what a function has caught", () => {
  const payEither = (fails: { busy: boolean }) =>
    resumable(async (_: Order, { unit }) => {
      let how: string;
      try {
        how = await unit.step("card", ({ idempotencyKey }) => w.bank.ask("card", idempotencyKey));
      } catch {
        how = await unit.step("invoice", ({ idempotencyKey }) => w.bank.ask("invoice", idempotencyKey));
      }
      if (fails.busy) throw busy();
      return how;
    }, w.options());

  test("is part of what happened: a later run takes the same way, though the step would succeed now", async () => {
    w.bank.failures.set("card", [new TerminalError("declined")]);
    const fails = { busy: true };
    const pay = payEither(fails);
    await expect(pay(order, w.call())).rejects.toThrow("busy");
    fails.busy = false;
    expect(await pay(order, w.call())).toBe("invoice done");
    expect(w.bank.log).toEqual(["card", "invoice"]);
  });

  test("is given to it again as the same error: name, message, code, what else it carries", async () => {
    const seen: unknown[] = [];
    let fails = true;
    const run = resumable(async (_: Order, { unit }) => {
      await unit
        .step("card", () => Promise.reject(Object.assign(new TerminalError("declined"), { reason: "limit" })))
        .catch((error) => seen.push(error));
      await unit.step("invoice", async () => 1);
      if (fails) throw busy();
    }, w.options());
    await expect(run(order, w.call())).rejects.toThrow("busy");
    fails = false;
    await run(order, w.call());
    expect(seen[1]).toMatchObject({
      name: "TerminalError",
      message: "declined",
      code: "TERMINAL",
      retryable: false,
      reason: "limit",
    });
  });
});

describe("a failure that was caught, and that a step follows,", () => {
  /** `record` writes the failure. */
  function paying(
    record: (write: () => Promise<WriteAnswer>) => Promise<WriteAnswer>,
    end: () => unknown = () => {
      throw new TerminalError("out of stock");
    },
  ) {
    const memory = memoryStore();
    w = world(
      withWrites(memory, {
        step: (lease, change, call) => {
          const write = () => memory.write(lease, change, call);
          return "card" in (change.steps ?? {}) ? record(write) : write();
        },
      }),
    );
    w.bank.failures.set("card", [new TerminalError("declined")]);
    return resumable(
      async (_: Order, { unit }) => {
        const ask = (name: string) =>
          unit.step(name, ({ idempotencyKey }) => w.bank.ask(name, idempotencyKey), {
            compensate: () => w.bank.ask(`undo ${name}`, ""),
          });
        await ask("charge");
        await ask("card").catch(() => {});
        await ask("invoice").catch(() => {});
        await ask("tell").catch(() => {});
        return end();
      },
      w.options({ leaseMs: 900, heartbeatMs: false }),
    );
  }

  test("is in the record before that step is run, and written once", async () => {
    const run = paying(async (write) => {
      const answer = await write();
      w.bank.log.push("card is recorded");
      return answer;
    });
    await expect(run(order, w.call())).rejects.toThrow("out of stock");
    expect(w.bank.log).toEqual([
      "charge",
      "card",
      "card is recorded",
      "invoice",
      "tell",
      "undo tell",
      "undo invoice",
      "undo charge",
    ]);
  });

  test("and whose record took until the lease had ended: that step is not run", async () => {
    const run = paying(async (write) => {
      await new Promise<void>((resolve) => w.clock.setTimer(1_000, resolve));
      return write();
    });
    const first = run(order, w.call()).catch((error: unknown) => error);
    await w.clock.advance(1_000);
    await first;
    expect(w.bank.log).toEqual(["charge", "card"]);
  });

  test("and that cannot be recorded: that step is not run, and is not one that may be done", async () => {
    const run = paying(() => Promise.reject(new Error("down")));
    await expect(run(order, w.call())).rejects.toThrow("out of stock");
    expect(w.bank.log).toEqual(["charge", "card", "undo charge"]);
  });

  test("and that cannot be recorded: the unit is not completed, whatever the function makes of it", async () => {
    const run = paying(
      () => Promise.reject(new Error("down")),
      () => "done",
    );
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE" });
    expect(w.bank.log).toEqual(["charge", "card"]);
  });

  const ask = (unit: WithSteps["unit"], what: string) =>
    unit.step(what, ({ idempotencyKey }) => w.bank.ask(what, idempotencyKey));

  const ways = {
    "a finally": async (_: Order, { unit }: Call & WithSteps) => {
      try {
        await ask(unit, "charge");
        await ask(unit, "ship");
      } finally {
        await ask(unit, "tell");
      }
    },
    "a catch that throws it on": async (_: Order, { unit }: Call & WithSteps) => {
      await ask(unit, "charge").catch(async (error: unknown) => {
        await ask(unit, "tell");
        throw error;
      });
      await ask(unit, "ship");
    },
  };

  test.each(Object.entries(ways))(
    "and after which a step ran in %s, holds up no later run",
    async (_, way) => {
      w.bank.failures.set("charge", [busy(), busy()]);
      const run = resumable(way, w.options());
      for (let runs = 0; runs < 2; runs++) await expect(run(order, w.call())).rejects.toThrow("busy");
      await run(order, w.call());
      expect(w.bank.log).toEqual(["charge", "tell", "charge", "charge", "ship"]);
    },
  );

  test("holds up no later run either where the process died in the step after it", async () => {
    w.bank.failures.set("charge", [busy()]);
    let dies = true;
    const run = resumable(
      async (_: Order, { unit }) => {
        try {
          await ask(unit, "charge");
          await ask(unit, "ship");
        } finally {
          await ask(unit, "tell");
          if (dies) await new Promise(() => {});
        }
      },
      w.options({ leaseMs: 1_000, heartbeatMs: false }),
    );
    void run(order, w.call()).catch(() => {});
    await w.clock.advance(1_001);
    dies = false;
    await expect(run(order, w.call())).rejects.toThrow("busy");
    await run(order, w.call());
    expect(w.bank.log).toEqual(["charge", "tell", "charge", "ship"]);
  });
});

describe("a step that cannot be recorded", () => {
  test("is an error of the store, and nothing is built upon it", async () => {
    const store = withWrites(memoryStore(), { step: () => Promise.reject(new Error("down")) });
    w = world(store);
    const run = resumable(async (_: Order, { unit }) => {
      await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey)).catch(() => {});
      return unit.step("ship", ({ idempotencyKey }) => w.bank.ask("ship", idempotencyKey));
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE", retryable: true });
    expect(w.bank.log).toEqual(["charge"]);
  });

  test("because the lease is lost ends the call: no further step is run", async () => {
    const store = withWrites(memoryStore(), { step: async () => ({ written: false, found: undefined }) });
    w = world(store);
    await expect(w.fulfil()(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST" });
    expect(w.bank.log).toEqual(["charge"]);
  });

  test("because the lease is lost says so to the function, and no wrapped call begins any more", async () => {
    const store = withWrites(memoryStore(), { step: async () => ({ written: false, found: undefined }) });
    w = world(store);
    const tell = wrap(async (what: string) => w.bank.log.push(what));
    const seen: unknown[] = [];
    const run = resumable(async (_: Order, call) => {
      await call.unit.step("charge", async () => 1).catch((error: unknown) => seen.push(error));
      await tell("charged", call).catch((error: unknown) => seen.push(error));
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_LEASE_LOST" });
    expect(seen).toMatchObject([{ code: "IDEMPOTENCY_LEASE_LOST" }, { code: "IDEMPOTENCY_LEASE_LOST" }]);
    expect(w.bank.log).toEqual([]);
  });

  test.each([
    ["is no plain data", () => ({ close() {} })],
    ["is too large", () => Array.from({ length: 40_000 }, (_, i) => (i * 2_654_435_761) % 4_294_967_296)],
  ])(
    "because its result %s is done all the same: every run gets the same error, and none does it again",
    async (_, result) => {
      const run = resumable(async (_: Order, { unit }) => {
        return unit.step("charge", async () => {
          w.bank.log.push("charge");
          return result();
        });
      }, w.options());
      for (let runs = 0; runs < 2; runs++) {
        await expect(run(order, w.call())).rejects.toMatchObject({
          code: "IDEMPOTENCY_STEP_RESULT_NOT_STORED",
          retryable: false,
        });
      }
      expect(w.bank.log).toEqual(["charge"]);
    },
  );
});

describe("unit.transact and steps", () => {
  test("a transaction after steps completes the unit with them", async () => {
    const run = resumable(async (_: Order, { unit }) => {
      const paid = await unit.step("charge", ({ idempotencyKey }) => w.bank.ask("charge", idempotencyKey));
      return unit.transact([{ Put: {} }], paid);
    }, w.options());
    expect(await run(order, w.call())).toBe("charge done");
    expect(await run(order, w.call())).toBe("charge done");
    expect(w.store.applied).toHaveLength(1);
  });

  test("a transaction while a step is running is refused, and nothing is applied", async () => {
    const run = resumable(async (_: Order, { unit }) => {
      const running = unit.step("charge", async () => {
        await Promise.resolve();
      });
      try {
        return await unit.transact([{ Put: {} }], 1);
      } finally {
        await running;
      }
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STEP_RUNNING" });
    expect(w.store.applied).toHaveLength(0);
  });

  test("a step that begins while the transaction is under way is not run", async () => {
    const seen: unknown[] = [];
    const run = resumable(async (_: Order, { unit }) => {
      const transacted = unit.transact([{ Put: {} }], 1);
      await unit.step("late", () => w.bank.ask("late", "")).catch((error: unknown) => seen.push(error));
      return transacted;
    }, w.options());
    expect(await run(order, w.call())).toBe(1);
    expect(seen).toMatchObject([{ code: "IDEMPOTENCY_STEP_LATE" }]);
    expect(w.bank.log).toEqual([]);
  });

  test("a step that begins when the function has answered is not run, although others are waited for", async () => {
    let finish: (() => void) | undefined;
    const seen: unknown[] = [];
    const run = resumable(async (_: Order, { unit }) => {
      void unit.step("slow", () => new Promise<void>((resolve) => (finish = resolve)));
      w.clock.setTimer(10, () => {
        unit.step("late", () => w.bank.ask("late", "")).catch((error: unknown) => seen.push(error));
      });
      return "done";
    }, w.options());
    const answer = run(order, w.call());
    await w.clock.advance(10);
    finish?.();
    expect(await answer).toBe("done");
    expect(seen).toMatchObject([{ code: "IDEMPOTENCY_STEP_LATE" }]);
    expect(w.bank.log).toEqual([]);
  });

  test("a step after the transaction is not run", async () => {
    const run = resumable(async (_: Order, { unit }) => {
      await unit.transact([], 1);
      return unit.step("late", () => w.bank.ask("late", ""));
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STEP_LATE" });
    expect(w.bank.log).toEqual([]);
  });
});

describe("what is refused", () => {
  test("two steps of one name, with what to do", async () => {
    const run = resumable(async (_: Order, { unit }) => {
      await unit.step("charge", async () => 1);
      await unit.step("charge", async () => 2);
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STEP_NAME_REUSED" });
  });

  test.each(["", "!failure", " x", "a\u0000b", "a\ud800", "x".repeat(101), 5])(
    "the name %j",
    async (name) => {
      const run = resumable(
        async (_: Order, { unit }) => unit.step(name as string, async () => 1),
        w.options(),
      );
      await expect(run(order, w.call())).rejects.toMatchObject({ code: "INVALID_OPTION" });
    },
  );

  test.each([
    ["no function", "charge", [5]],
    ["an option that there is not", "charge", [async () => 1, { undo: () => {} }]],
    ["a compensation that is no function", "charge", [async () => 1, { compensate: "refund" }]],
  ])("a step with %s, by its name, and nothing is run", async (_, name, given) => {
    const run = resumable(async (_: Order, { unit }) => {
      await (unit.step as (...all: unknown[]) => Promise<unknown>)(name, ...given);
    }, w.options());
    await expect(run(order, w.call())).rejects.toMatchObject({ code: "INVALID_OPTION" });
  });

  test.each([0, 1.5, Number.NaN, "3" as never])("maxCompensationAttempts: %j", (maxCompensationAttempts) => {
    expect(() => resumable(async (_: Order) => 1, w.options({ maxCompensationAttempts }))).toThrow(
      /maxCompensationAttempts/,
    );
  });

  test("a step of a call that is over, also one that is recorded", async () => {
    let ends = false;
    const seen: unknown[] = [];
    const run = resumable(async (_: Order, call) => {
      if (ends) await new Promise<void>((resolve) => w.clock.setTimer(1_000, resolve));
      const charge = call.unit.step("charge", async () => 1);
      await charge.catch((error: unknown) => seen.push(error));
      throw busy();
    }, w.options());
    await expect(run(order, w.call())).rejects.toThrow("busy");
    ends = true;
    const second = run(order, rootCall({ runtime: w.clock, timeoutMs: 1_000 })).catch(() => {});
    await w.clock.advance(1_000);
    await second;
    expect(seen).toMatchObject([{ code: "DEADLINE_EXCEEDED" }]);
  });

  test.each(["__proto__", "constructor", "toString", "a.b-c #1", "reserve Zoë 2\u00bd 日本"])(
    "not the name %j: it is data",
    async (name) => {
      let runs = 0;
      let fails = true;
      const run = resumable(async (_: Order, { unit }) => {
        const n = name === "__proto__" ? "x__proto__" : name;
        const count = await unit.step(n, async () => ++runs);
        if (fails) throw busy();
        return count;
      }, w.options());
      await expect(run(order, w.call())).rejects.toThrow("busy");
      fails = false;
      expect(await run(order, w.call())).toBe(1);
    },
  );

  test("a store that does not keep steps, when the function is made", () => {
    const { keepsSteps: _, ...store } = memoryStore();
    expect(() => resumable(async (_: Order) => 1, w.options({ store }))).toThrow(/does not keep steps/);
  });

  test.each([
    ["!failure", "a secret"],
    ["!failure", '{"secret":1}'],
    ["!failure", "null"],
    ["charge", "a secret"],
  ])("a record whose %s is damaged, and its error quotes nothing of it", async (name, damaged) => {
    const memory = memoryStore();
    w = world({
      ...memory,
      async claim(...given) {
        const answer = await memory.claim(...given);
        if (!answer.claimed || answer.took === undefined) return answer;
        return { ...answer, took: { ...answer.took, steps: { ...answer.took.steps, [name]: damaged } } };
      },
    });
    w.bank.failures.set("ship", [busy()]);
    await expect(w.fulfil()(order, w.call())).rejects.toThrow("busy");
    const error = await w
      .fulfil()(order, w.call())
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "IDEMPOTENCY_STEPS_UNREADABLE", cause: expect.any(TypeError) });
    expect(String((error as Error).cause)).not.toContain("secret");
    expect(w.bank.log).toEqual(["charge", "reserve", "ship"]);
  });

  test("a record with steps, by a function that has none", async () => {
    w.bank.failures.set("ship", [busy()]);
    await expect(w.fulfil()(order, w.call())).rejects.toThrow("busy");
    const plain = idempotent(async (_: Order) => w.bank.log.push("plain"), w.options());
    await expect(plain(order, w.call())).rejects.toMatchObject({ code: "IDEMPOTENCY_STEPS_CHANGED" });
    expect(await w.fulfil()(order, w.call())).toBe("charge done");
    expect(w.bank.log).toEqual(["charge", "reserve", "ship", "ship"]);
  });
});
