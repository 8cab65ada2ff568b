import { rootCall } from "holdfast";
import { operateCircuit } from "holdfast/circuit-breaker";
import { describe, expect, test } from "vitest";
import { setting } from "./setting.ts";

/** What breakers that share their state are known to do, and this one does not. */
describe("circuitbreaker-lambda", () => {
  test("writes its whole state with every call: here a hundred healthy calls write nothing", async () => {
    const it = setting();
    const one = it.environment();
    for (let n = 0; n < 100; n++) await it.clock.run(one.ask());
    expect(it.store.requestsOf("replace", "count")).toBe(0);
  });

  test("overwrites OPEN with a CLOSED that is late: here the late one is refused", async () => {
    const it = setting();
    const [one] = await it.opened();
    it.clock.jump(13_000);
    const { replace } = it.store;
    it.store.replace = async (circuit, seen, item, call) => {
      // While the probe's CLOSED is on its way, somebody opens it.
      if (item.state === "CLOSED")
        await operateCircuit(
          { store: { ...it.store, replace }, name: "bank", to: "open" },
          rootCall({ runtime: it.clock }),
        );
      return replace(circuit, seen, item, call);
    };
    expect(await it.clock.run(one?.ask() ?? Promise.resolve())).toBe("well");
    expect(await it.store.read("bank", rootCall())).toMatchObject({ state: "OPEN", epoch: 2 });
    expect(await it.clock.run(one?.ask() ?? Promise.resolve())).toBe("refused");
  });

  test("probes from every environment: here one of twenty does", async () => {
    const it = setting();
    await it.opened();
    const twenty = Array.from({ length: 20 }, () => it.environment());
    await it.each(twenty);
    it.clock.jump(13_000);
    const askedBefore = it.asked();
    it.answer = () => new Promise(() => {});
    const asks = twenty.map((one) => one.ask());
    await it.clock.advance(1_000);
    expect(it.asked()).toBe(askedBefore + 1);
    await it.clock.advance(2_000);
    await Promise.all(asks);
  });
});

describe("the circuit breaker of Powertools for Python", () => {
  test("closes without a fence: here a probe whose lease has gone to another closes nothing", async () => {
    const it = setting();
    const [frozen, other] = await it.opened();
    it.clock.jump(13_000);
    let thaw = (_: unknown): void => {};
    it.answer = () =>
      new Promise((resolve) => {
        thaw = resolve;
      });
    const slow = frozen?.ask();
    await it.clock.advance(10);
    const thawFirst = thaw;
    // The lease passes while the environment is frozen; another one finds that it is still down.
    it.clock.jump(8_000);
    it.answer = () => Promise.reject(new Error("down"));
    expect(await other?.ask()).toBe("down");
    thawFirst("well");
    await it.clock.run(slow ?? Promise.resolve());
    expect(await it.store.read("bank", rootCall())).toMatchObject({ state: "OPEN", epoch: 2 });
  });

  test("lets all stand for election at once: here they come spread over seconds, and most find a lease when they look", async () => {
    const it = setting();
    await it.opened();
    const fifty = Array.from({ length: 50 }, () => it.environment());
    await it.each(fifty);
    it.answer = () => new Promise(() => {});
    it.clock.jump(9_500);
    const before = it.store.requestsOf("replace");
    for (let step = 0; step < 30; step++) {
      for (const one of fifty) void one.ask();
      await it.clock.advance(100);
    }
    expect(it.store.requestsOf("replace") - before).toBeLessThan(8);
  });

  test("hands the store's throttling to the caller: here it is a fact", async () => {
    const it = setting();
    const one = it.environment();
    const throttled = Object.assign(new Error("throttled"), { name: "ThrottlingException" });
    const refuse = (): Promise<never> => Promise.reject(throttled);
    Object.assign(it.store, { read: refuse, replace: refuse, count: refuse });
    expect(await it.clock.run(one.ask())).toBe("well");
    it.answer = () => Promise.reject(new Error("down"));
    for (let n = 0; n < 3; n++) expect(await it.clock.run(one.ask())).toBe("down");
    expect(await it.clock.run(one.ask())).toBe("refused");
    expect(one.facts).toContainEqual({
      type: "circuit.store-failed",
      name: "bank",
      store: "test",
      error: throttled,
    });
  });
});
