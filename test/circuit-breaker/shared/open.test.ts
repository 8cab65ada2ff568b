import { rootCall, wrap } from "holdfast";
import { circuitBreaker, type OperateCircuitOptions, operateCircuit } from "holdfast/circuit-breaker";
import { describe, expect, test } from "vitest";
import { type Setting, setting } from "./setting.ts";

const never = (): Promise<unknown> => new Promise(() => {});

/** What the store holds, whatever is wrong with the way to it. */
async function itemOf({ store }: Setting) {
  store.trouble = "none";
  return store.read("bank", rootCall());
}

const byHand = ({ store, clock }: Setting, to: "open" | "closed" | "isolated") =>
  operateCircuit({ store, name: "bank", to }, rootCall({ runtime: clock }));

const throttle = ({ store, clock }: Setting, share: number) =>
  operateCircuit({ store, name: "bank", to: "throttled", share }, rootCall({ runtime: clock }));

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

  test("close here does not end what is open for all, and its state says so", async () => {
    const it = setting();
    const bank = circuitBreaker({ name: "bank", store: it.store });
    const ask = wrap(async (_: undefined) => "well", bank);
    const call = rootCall({ runtime: it.clock });
    await byHand(it, "isolated");
    await expect(it.clock.run(ask(undefined, call))).rejects.toMatchObject({ because: "isolated" });
    bank.close(call);
    expect(bank.state(call)).toBe("isolated");
    bank.isolate(call);
    bank.close(call);
    await byHand(it, "closed");
    await it.clock.advance(8_000);
    await it.clock.run(ask(undefined, call)).catch(() => {});
    await it.clock.advance(20_000);
    expect(bank.state(call)).toBe("closed");
    expect(await it.clock.run(ask(undefined, call))).toBe("well");
  });

  test("a call that is refused while it comes back is told that, and not that the dependency has failed", async () => {
    const it = setting();
    await byHand(it, "isolated");
    await byHand(it, "closed");
    const bank = circuitBreaker({ name: "bank", store: it.store });
    const ask = wrap(async (_: undefined) => "well", bank);
    const refusals = [];
    for (let n = 0; n < 20; n++) {
      const outcome = it.clock.run(ask(undefined, rootCall({ runtime: it.clock })));
      refusals.push(await outcome.catch((error: unknown) => error));
    }
    const refused = refusals.find((one) => one !== "well");
    expect(refused).toMatchObject({ code: "CIRCUIT_OPEN", because: "coming-back" });
    expect(String(refused)).toContain("has closed a moment ago");
  });

  test("throttled, so many calls as its share go through in every environment, until it is closed by hand", async () => {
    const it = setting({ sharing: { rampMs: 0 } });
    const environments = Array.from({ length: 4 }, () => it.environment());
    await it.each(environments);
    await throttle(it, 0.25);
    await it.clock.advance(8_000);
    await it.each(environments);
    await it.clock.advance(10);
    const outcomes: unknown[] = [];
    for (let n = 0; n < 200; n++) outcomes.push(...(await it.each(environments)));
    const share = outcomes.filter((one) => one === "well").length / outcomes.length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.3);
    expect(new Set(outcomes)).toEqual(new Set(["well", "refused"]));
    for (const { facts } of environments) {
      expect(facts).toContainEqual(expect.objectContaining({ type: "circuit.shared", share: 0.25 }));
    }
    await byHand(it, "closed");
    await it.clock.advance(8_000);
    await it.each(environments);
    await it.clock.advance(10);
    expect(new Set(await it.each(environments))).toEqual(new Set(["well"]));
  });

  test("closed when it is closed already, it goes on letting all calls through", async () => {
    const it = setting();
    const environments = Array.from({ length: 8 }, () => it.environment());
    await it.each(environments);
    await byHand(it, "closed");
    for (let second = 0; second < 12; second++) {
      await it.clock.advance(1_000);
      expect(new Set(await it.each(environments))).toEqual(new Set(["well"]));
    }
    expect(await itemOf(it)).toMatchObject({ state: "CLOSED", sinceMs: 0 });
  });

  test("throttled, what has tripped opens all the same, and is throttled when it is closed again", async () => {
    const it = setting({ sharing: { rampMs: 0 } });
    const others = await it.opened();
    await throttle(it, 0.25);
    expect(new Set(await it.each(others))).toEqual(new Set(["refused"]));
    it.clock.jump(13_000);
    const [one] = others;
    expect(await it.clock.run(one?.ask() ?? Promise.resolve())).toBe("well");
    expect(await itemOf(it)).toMatchObject({ state: "CLOSED", share: 0.25 });
  });

  test("a refusal says that it is throttled, and that nobody knows until when", async () => {
    const it = setting({ sharing: { rampMs: 0 } });
    await throttle(it, 0.000_1);
    const bank = circuitBreaker({ name: "bank", store: it.store });
    const ask = wrap(async (_: undefined) => "well", bank);
    const refused: unknown = await it.clock
      .run(ask(undefined, rootCall({ runtime: it.clock })))
      .catch((error) => error);
    expect(refused).toMatchObject({ code: "CIRCUIT_OPEN", retryAfterMs: undefined, retryable: true });
    expect(String(refused)).toContain("throttled");
  });

  test.each([
    [{ to: "throttled" }, "throttled needs a share"],
    [{ to: "throttled", share: 0 }, "isolate it"],
    [{ to: "throttled", share: 1.5 }, "share must be"],
    [{ to: "closed", share: 0.5 }, "share is for throttled alone"],
    [{ to: "shut" }, "to must be open, closed, isolated or throttled"],
  ])("%j is refused, and nothing is written", async (options, message) => {
    const it = setting();
    const given = { store: it.store, name: "bank", ...options } as OperateCircuitOptions;
    await expect(operateCircuit(given, rootCall({ runtime: it.clock }))).rejects.toThrow(message);
    expect(it.store.requests).toEqual([]);
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
