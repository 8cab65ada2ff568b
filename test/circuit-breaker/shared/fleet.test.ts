import { rootCall } from "holdfast";
import { operateCircuit } from "holdfast/circuit-breaker";
import { describe, expect, test } from "vitest";
import { down, type Setting, setting, well } from "./setting.ts";

const never = (): Promise<unknown> => new Promise(() => {});

/** What the store holds, whatever is wrong with the way to it. */
async function itemOf({ store }: Setting) {
  store.trouble = "none";
  return store.read("bank", rootCall());
}

const byHand = ({ store, clock }: Setting, to: "open" | "closed" | "isolated") =>
  operateCircuit({ store, name: "bank", to }, rootCall({ runtime: clock }));

describe("while all is well", () => {
  test("nothing is written, and read every few seconds", async () => {
    const it = setting();
    const one = it.environment();
    for (let second = 0; second < 100; second++) {
      await it.clock.run(one.ask());
      await it.clock.advance(1_000);
    }
    expect(it.store.requestsOf("replace", "count")).toBe(0);
    expect(it.store.requestsOf("read")).toBeGreaterThan(10);
    expect(it.store.requestsOf("read")).toBeLessThan(40);
  });

  test("no call waits for a store that hangs, but the first one, 20 ms", async () => {
    const it = setting();
    const one = it.environment();
    it.store.trouble = "hangs";
    const beganMs = it.clock.now();
    expect(await it.clock.run(one.ask())).toBe("well");
    expect(it.clock.now() - beganMs).toBe(20);
    for (let n = 0; n < 20; n++) {
      expect(await one.ask()).toBe("well");
      it.clock.jump(1_000);
    }
  });

  test("a read beside a call that has settled is ended by its cap, and no timer is left", async () => {
    const it = setting();
    const one = it.environment();
    it.store.trouble = "hangs";
    await it.clock.run(one.ask());
    await it.clock.advance(250);
    expect(it.clock.pendingTimers).toBe(0);
    expect(one.facts).toMatchObject([{ type: "circuit.store-failed", name: "bank", store: "test" }]);
  });
});

describe("when an environment trips", () => {
  test("it opens at once, whatever the others see, who see for themselves and stay closed", async () => {
    const it = setting();
    const [sick, ...others] = Array.from({ length: 6 }, () => it.environment());
    await it.each(others);
    it.answer = down;
    for (let n = 0; n < 3; n++) await it.clock.run(sick?.ask() ?? Promise.resolve());
    expect(await sick?.ask()).toBe("refused");
    it.answer = well;
    for (let second = 0; second < 20; second++) {
      await it.each(others);
      await it.clock.advance(1_000);
    }
    expect(await itemOf(it)).toMatchObject({ state: "CLOSED", alert: "" });
    expect(new Set(await it.each(others))).toEqual(new Set(["well"]));
  });

  test("and others as well, the circuit is open for all, also for those that never failed", async () => {
    const it = setting();
    const bystander = it.environment();
    await it.clock.run(bystander.ask());
    await it.opened();
    const askedBefore = it.asked();
    it.clock.jump(8_000);
    expect(await it.clock.run(bystander.ask())).toBe("well");
    await it.clock.advance(100);
    expect(await bystander.ask()).toBe("refused");
    expect(it.asked()).toBe(askedBefore + 1);
    expect(bystander.facts).toContainEqual({ type: "circuit.shared", name: "bank", state: "OPEN", epoch: 1 });
  });

  test("an environment that begins then leaks no call", async () => {
    const it = setting();
    await it.opened();
    const askedBefore = it.asked();
    expect(await it.clock.run(it.environment().ask())).toBe("refused");
    expect(it.asked()).toBe(askedBefore);
  });

  test("whose client sends its alert twice, the first reply being lost, it counts for nothing more", async () => {
    const it = setting();
    const one = it.environment();
    const { replace } = it.store;
    it.store.replace = async (...request) => {
      await replace(...request);
      return replace(...request);
    };
    it.answer = down;
    for (let n = 0; n < 3; n++) await it.clock.run(one.ask());
    expect(await itemOf(it)).toMatchObject({ state: "CLOSED", alert: expect.stringMatching(/./) });
    expect(it.store.requestsOf("count")).toBe(0);
  });

  test("one that has tripped for itself looks what the others found before it sends a probe of its own", async () => {
    const it = setting();
    const one = it.environment();
    it.answer = down;
    for (let n = 0; n < 3; n++) await it.clock.run(one.ask());
    await it.opened();
    const askedBefore = it.asked();
    it.clock.jump(10_000);
    it.answer = never;
    expect(await it.clock.run(one.ask())).toBe("refused");
    expect(it.asked()).toBe(askedBefore);
  });

  test("one that thaws then leaks no call either", async () => {
    const it = setting();
    const frozen = it.environment();
    await it.clock.run(frozen.ask());
    it.clock.jump(60_000);
    await it.opened();
    expect(await it.clock.run(frozen.ask())).toBe("refused");
  });

  test("alone in its fleet, it opens the shared circuit when its own probes go on failing", async () => {
    const it = setting();
    const only = it.environment();
    it.answer = down;
    for (let second = 0; second < 120; second++) {
      await it.clock.run(only.ask());
      await it.clock.advance(1_000);
    }
    expect(await itemOf(it)).toMatchObject({ state: "OPEN" });
  });

  test("a result is not held beyond half of what its call has left", async () => {
    const it = setting();
    const one = it.environment();
    await it.clock.run(one.ask());
    it.store.trouble = "hangs";
    it.answer = down;
    for (let n = 0; n < 3; n++) {
      const beganMs = it.clock.now();
      expect(await it.clock.run(one.ask(one.call({ timeoutMs: 100 })))).toBe("down");
      expect(it.clock.now() - beganMs).toBeLessThanOrEqual(50);
    }
  });
});

describe("while it is open", () => {
  test("nobody asks the store until the cooldown is over", async () => {
    const it = setting();
    const environments = await it.opened();
    const before = it.store.requests.length;
    for (let second = 0; second < 9; second++) {
      await it.clock.advance(1_000);
      expect(new Set(await it.each(environments))).toEqual(new Set(["refused"]));
    }
    expect(it.store.requests.length).toBe(before);
  });

  test("one probe goes through at a time, of all environments", async () => {
    const it = setting();
    const environments = await it.opened();
    it.clock.jump(13_000);
    const askedBefore = it.asked();
    it.answer = never;
    const outcomes = environments.flatMap((one) => [one.ask(), one.ask()]);
    await it.clock.advance(1_900);
    expect(it.asked()).toBe(askedBefore + 1);
    await it.clock.advance(1_000);
    expect((await Promise.all(outcomes)).filter((outcome) => outcome !== "refused")).toHaveLength(1);
    expect(await itemOf(it)).toMatchObject({ state: "OPEN", epoch: 2, openings: 2, probeUntilMs: 0 });
  });

  test("a probe that succeeds closes it for all, who come back over the ramp", async () => {
    const it = setting({ sharing: { rampMs: 10_000 } });
    const environments = await it.opened();
    it.clock.jump(13_000);
    expect((await it.each(environments)).filter((outcome) => outcome === "well").length).toBeGreaterThan(0);
    expect(await itemOf(it)).toMatchObject({ state: "CLOSED", epoch: 2 });
    const share = async () => {
      const all = [];
      for (let n = 0; n < 50; n++) all.push(...(await it.each(environments)));
      return all.filter((outcome) => outcome === "well").length / all.length;
    };
    await it.clock.advance(5_000);
    expect(await share()).toBeLessThan(0.3);
    await it.clock.advance(10_000);
    await it.each(environments);
    await it.clock.advance(10_000);
    expect(await share()).toBe(1);
  });

  test("a probe whose caller calls it off gives its lease back", async () => {
    const it = setting();
    const [one] = await it.opened();
    it.clock.jump(13_000);
    it.answer = (call) =>
      new Promise((_, reject) => call.signal.addEventListener("abort", () => reject(call.signal.reason)));
    const caller = new AbortController();
    const probe = one?.ask(one.call({ signal: caller.signal }));
    await it.clock.advance(10);
    expect(await itemOf(it)).toMatchObject({ probeUntilMs: expect.any(Number) });
    caller.abort(new Error("client went away"));
    await it.clock.run(probe ?? Promise.resolve());
    expect(await itemOf(it)).toMatchObject({ state: "OPEN", epoch: 1, probeUntilMs: 0 });
  });

  test("a probe that froze, and thaws when the circuit was opened again, closes nothing", async () => {
    const it = setting();
    const [frozen] = await it.opened();
    it.clock.jump(13_000);
    let thaw = (_: unknown): void => {};
    it.answer = () =>
      new Promise((resolve) => {
        thaw = resolve;
      });
    const probe = frozen?.ask();
    await it.clock.advance(10);
    await byHand(it, "open");
    const { token } = (await itemOf(it)) ?? {};
    thaw("well");
    expect(await it.clock.run(probe ?? Promise.resolve())).toBe("well");
    expect(await itemOf(it)).toMatchObject({ state: "OPEN", token });
  });

  test("a claim that came late, when its lease is nearly over, sends no probe", async () => {
    const it = setting();
    const [one] = await it.opened();
    it.clock.jump(13_000);
    const askedBefore = it.asked();
    const { replace } = it.store;
    it.store.replace = async (...request) => {
      const answer = await replace(...request);
      it.clock.jump(1_000);
      return answer;
    };
    expect(await it.clock.run(one?.ask() ?? Promise.resolve())).toBe("refused");
    expect(it.asked()).toBe(askedBefore);
    expect((await itemOf(it))?.probeUntilMs).toBeGreaterThan(0);
  });

  test("a claim whose reply was lost is looked for, and counts as won", async () => {
    const it = setting();
    const [one] = await it.opened();
    it.clock.jump(13_000);
    it.store.trouble = "lost";
    let state: unknown;
    it.answer = async () => {
      state = await itemOf(it);
      return "well";
    };
    expect(await it.clock.run(one?.ask() ?? Promise.resolve())).toBe("well");
    expect(state).toMatchObject({ state: "OPEN", probeUntilMs: expect.any(Number) });
    expect(await itemOf(it)).toMatchObject({ state: "CLOSED" });
  });

  test("a claim that was not done sends no probe", async () => {
    const it = setting();
    const [one] = await it.opened();
    it.clock.jump(13_000);
    const askedBefore = it.asked();
    it.store.replace = () => Promise.reject(new Error("throttled"));
    expect(await it.clock.run(one?.ask() ?? Promise.resolve())).toBe("refused");
    expect(it.asked()).toBe(askedBefore);
  });
});

describe("trouble with the store is never the caller's", () => {
  test("closed, each goes by its own circuit", async () => {
    const it = setting();
    const one = it.environment();
    it.store.trouble = "down";
    expect(await it.clock.run(one.ask())).toBe("well");
    it.answer = down;
    for (let n = 0; n < 3; n++) expect(await it.clock.run(one.ask())).toBe("down");
    expect(await it.clock.run(one.ask())).toBe("refused");
    it.answer = well;
    it.clock.jump(10_000);
    expect(await it.clock.run(one.ask())).toBe("well");
    expect(one.facts.filter(({ type }) => type === "circuit.store-failed").length).toBeGreaterThan(0);
  });

  test.each(["down", "hangs"] as const)(
    "open, it stays open for a cooldown, then each probes once a cooldown: %s",
    async (trouble) => {
      const it = setting();
      const [one] = await it.opened();
      if (one === undefined) throw new Error("no environment");
      it.answer = down;
      it.store.trouble = trouble;
      const askedBefore = it.asked();
      await it.clock.advance(10_000);
      for (let second = 0; second < 9; second++) {
        await it.clock.advance(1_000);
        expect(await it.clock.run(one.ask())).toBe("refused");
      }
      expect(it.asked()).toBe(askedBefore);
      for (let second = 0; second < 60; second++) {
        await it.clock.advance(1_000);
        await it.clock.run(one.ask());
      }
      expect(it.asked() - askedBefore).toBeGreaterThan(3);
      expect(it.asked() - askedBefore).toBeLessThanOrEqual(7);
      it.answer = well;
      for (let second = 0; second < 12; second++) {
        await it.clock.advance(1_000);
        await it.clock.run(one.ask());
      }
      expect(await it.clock.run(one.ask())).toBe("well");
    },
  );
});

describe("by an operator's hand", () => {
  test("isolated, nobody asks or probes until it is closed by hand", async () => {
    const it = setting({ sharing: { rampMs: 0 } });
    const environments = Array.from({ length: 3 }, () => it.environment());
    await it.each(environments);
    await byHand(it, "isolated");
    await it.clock.advance(8_000);
    await it.each(environments);
    await it.clock.advance(10);
    for (let hour = 0; hour < 3; hour++) {
      expect(new Set(await it.each(environments))).toEqual(new Set(["refused"]));
      it.clock.jump(3_600_000);
    }
    await byHand(it, "closed");
    expect(new Set(await it.each(environments))).toEqual(new Set(["well"]));
  });

  test("a hand wins over whatever is written at the same time", async () => {
    const it = setting();
    await it.opened();
    const { replace } = it.store;
    let others = 3;
    it.store.replace = async (circuit, seen, item, call) => {
      if (others > 0) {
        others -= 1;
        const found = await it.store.read(circuit, call);
        if (found !== undefined)
          await replace(circuit, found.token, { ...found, token: `other-${others}` }, call);
      }
      return replace(circuit, seen, item, call);
    };
    await byHand(it, "closed");
    expect(await itemOf(it)).toMatchObject({ state: "CLOSED", epoch: 2 });
  });
});

test("a store without its methods, and sharing without a store, are refused by name", () => {
  expect(() => setting({ store: {} as never }).environment()).toThrow(/store must be/);
  expect(() => setting({ store: undefined as never, sharing: {} }).environment()).toThrow(
    /sharing needs a store/,
  );
  expect(() => setting({ sharing: { readEveryMs: 1 } }).environment()).toThrow(/sharing.readEveryMs/);
  expect(() => setting({ sharing: { readEvery: 1 } as never }).environment()).toThrow(
    /there is no option "readEvery"/,
  );
});
