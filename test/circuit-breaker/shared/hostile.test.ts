import { type Call, rootCall, wrap } from "holdfast";
import {
  type CircuitStore,
  circuitBreaker,
  consecutiveFailures,
  operateCircuit,
} from "holdfast/circuit-breaker";
import { retry } from "holdfast/retry";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { down, setting, well } from "./setting.ts";

describe("clocks that are wrong", () => {
  test.each([15_000, 60_000, 3_600_000])(
    "one that is put back by %i ms keeps the circuit open no longer than a cooldown",
    async (ms) => {
      const it = setting({ sharing: { rampMs: 0 } });
      const [one] = await it.opened();
      it.clock.jump(-ms);
      let waitedMs = 0;
      while ((await it.clock.run(one?.ask() ?? Promise.resolve())) === "refused") {
        it.clock.jump(1_000);
        waitedMs += 1_000;
      }
      expect(waitedMs).toBeLessThanOrEqual(22_000);
    },
  );

  test("a prober whose clock is an hour ahead, and which dies, holds the lease no longer than others do", async () => {
    const it = setting({ sharing: { rampMs: 0 } });
    await it.opened();
    it.clock.jump(13_000);
    const ahead = it.environment(3_600_000);
    it.answer = () => new Promise(() => {});
    void ahead.ask();
    await it.clock.advance(100);
    it.answer = well;
    const other = it.environment();
    let waitedMs = 0;
    while ((await it.clock.run(other.ask())) === "refused") {
      it.clock.jump(1_000);
      waitedMs += 1_000;
    }
    expect(waitedMs).toBeLessThanOrEqual(22_000);
  });
});

describe("a store of somebody's own", () => {
  test("that answers null for what is not there is like one that answers undefined", async () => {
    const clock = manualRuntime();
    const store = {
      name: "null",
      read: async () => null,
      replace: async () => ({ written: false, found: null }),
      count: async () => ({ score: 0, reports: 0 }),
    } as unknown as CircuitStore;
    const bank = circuitBreaker({ name: "bank", store, trip: consecutiveFailures(2) });
    let answer: () => Promise<unknown> = down;
    const ask = wrap(async (_: undefined) => answer(), bank);
    const call = (): Call => rootCall({ runtime: clock });
    for (let n = 0; n < 3; n++) await clock.run(ask(undefined, call())).catch(() => {});
    answer = well;
    clock.jump(10_000);
    expect(await clock.run(ask(undefined, call()))).toBe("well");
  });

  test("whose refusal comes after the cap, when more is known, teaches nothing", async () => {
    const it = setting({ sharing: { rampMs: 0 } });
    const [one] = await it.opened();
    if (one === undefined) throw new Error("no environment");
    it.clock.jump(13_000);
    const { replace } = it.store;
    const old = await it.store.read("bank", rootCall());
    let reply = (): void => {};
    it.store.replace = (..._) =>
      new Promise((resolve) => {
        reply = () => resolve({ written: false, found: old });
      });
    const asked = one.ask();
    await it.clock.advance(600);
    await asked;
    it.store.replace = replace;
    await operateCircuit({ store: it.store, name: "bank", to: "closed" }, rootCall({ runtime: it.clock }));
    it.clock.jump(20_000);
    expect(await it.clock.run(one.ask())).toBe("well");
    reply();
    await it.clock.advance(10);
    expect(await it.clock.run(one.ask())).toBe("well");
  });
});

describe("an election", () => {
  test("takes no longer than half of what the call has left, and gives back a lease that it wins after that", async () => {
    const it = setting({ sharing: { rampMs: 0, storeTimeoutMs: 2_000 } });
    const [one, other] = await it.opened();
    it.clock.jump(13_000);
    const { read } = it.store;
    it.store.read = async (...request) => {
      await new Promise<void>((resolve) => void it.clock.setTimer(500, resolve));
      return read(...request);
    };
    const beganMs = it.clock.now();
    expect(await it.clock.run(one?.ask(one.call({ timeoutMs: 100 })) ?? Promise.resolve())).toBe("refused");
    expect(it.clock.now() - beganMs).toBe(50);
    it.store.read = read;
    await it.clock.advance(2_000);
    expect(await it.store.read("bank", rootCall())).toMatchObject({ state: "OPEN", probeUntilMs: 0 });
    it.clock.jump(3_000);
    expect(await it.clock.run(other?.ask() ?? Promise.resolve())).toBe("well");
  });

  test("is over with the call that was aborted", async () => {
    const it = setting();
    const [one] = await it.opened();
    it.clock.jump(13_000);
    it.store.trouble = "hangs";
    const caller = new AbortController();
    const asked = one?.ask(one.call({ signal: caller.signal }));
    const gone = new Error("gone");
    caller.abort(gone);
    expect(await asked).toBe(gone);
  });
});

test("an environment that is isolated in its own process sends no probe for the others", async () => {
  const it = setting();
  await it.opened();
  const bank = circuitBreaker({ name: "bank", store: it.store });
  let sent = 0;
  const ask = wrap(async (_: undefined) => {
    sent += 1;
  }, bank);
  const call = rootCall({ runtime: it.clock });
  await it.clock.run(ask(undefined, call)).catch(() => {});
  bank.isolate(call);
  it.clock.jump(30_000);
  await expect(it.clock.run(ask(undefined, call))).rejects.toMatchObject({ because: "isolated" });
  expect(sent).toBe(0);
});

test("failures of calls that began before the circuit closed open nothing", async () => {
  const it = setting({ sharing: { rampMs: 0 } });
  const fleet = Array.from({ length: 6 }, () => it.environment());
  await it.each(fleet);
  const fail: (() => void)[] = [];
  it.answer = () =>
    new Promise((_, reject) => {
      fail.push(() => reject(new Error("down")));
    });
  const underWay = fleet.flatMap((one) => Array.from({ length: 6 }, () => one.ask()));
  await it.opened();
  it.answer = well;
  it.clock.jump(6_000);
  await it.each(fleet);
  it.clock.jump(8_000);
  for (let n = 0; n < 20; n++) {
    await it.each(fleet);
    it.clock.jump(1_000);
  }
  const before = await it.store.read("bank", rootCall());
  expect(before?.state).toBe("CLOSED");
  for (const one of fail) {
    one();
    await it.clock.advance(300);
  }
  await it.clock.run(Promise.all(underWay));
  expect(await it.store.read("bank", rootCall())).toMatchObject({ state: "CLOSED", alert: "" });
});

test("a circuit that is asked once a minute by all of the fleet opens for all within a quarter of an hour", async () => {
  const it = setting({ halfOpenAfterMs: 10_000 });
  const one = it.environment();
  it.answer = down;
  let minutes = 0;
  while ((await it.store.read("bank", rootCall()))?.state !== "OPEN" && minutes < 60) {
    await it.clock.run(one.ask());
    it.clock.jump(60_000);
    minutes += 1;
  }
  expect(minutes).toBeLessThanOrEqual(15);
});

test("an item that was deleted while it was isolated is written anew by a hand, and heard by those who knew the old one", async () => {
  const it = setting({ sharing: { rampMs: 0 } });
  const [one] = await it.opened();
  const hand = (to: "isolated" | "closed") =>
    operateCircuit({ store: it.store, name: "bank", to }, rootCall({ runtime: it.clock }));
  await hand("isolated");
  it.clock.jump(13_000);
  expect(await it.clock.run(one?.ask() ?? Promise.resolve())).toBe("refused");
  const { read, replace } = it.store;
  let isGone = true;
  it.store.read = async (...request) => (isGone ? undefined : read(...request));
  it.store.replace = async (circuit, _, item, call) => {
    const found = await read(circuit, call);
    isGone = false;
    return replace(circuit, found?.token, item, call);
  };
  await hand("closed");
  it.store.replace = replace;
  it.clock.jump(13_000);
  await it.clock.run(one?.ask() ?? Promise.resolve());
  it.clock.jump(13_000);
  expect(await it.clock.run(one?.ask() ?? Promise.resolve())).toBe("well");
});

test("a failureWhen, a failureIf or a trip that throws makes no error of an answer, and is tried again by nobody", async () => {
  const clock = manualRuntime();
  const broken = (): never => {
    throw new Error("a mistake");
  };
  const trip = { begin: () => ({ timed: false, succeeded: broken, failed: broken }) };
  const call = rootCall({ runtime: clock });
  let charged = 0;
  for (const options of [{ failureWhen: broken }, { trip }]) {
    const charge = wrap(
      async (_: undefined) => {
        charged += 1;
        return "charged";
      },
      retry(),
      circuitBreaker<string>({ name: "bank", ...options }),
    );
    expect(await clock.run(charge(undefined, call))).toBe("charged");
  }
  expect(charged).toBe(2);
  const failing = circuitBreaker({ name: "bank", failureIf: broken, trip: consecutiveFailures(1) });
  const error = new Error("down");
  await expect(wrap((_: undefined) => Promise.reject(error), failing)(undefined, call)).rejects.toBe(error);
  expect(failing.state(call)).toBe("open");
});

test.each([[undefined], [""], ["b\u00e4nk"], [5]])(
  "no circuit is operated under the name %j",
  async (name) => {
    const it = setting();
    const options = { store: it.store, name: name as string, to: "isolated" } as const;
    await expect(operateCircuit(options, rootCall())).rejects.toThrow("operateCircuit: name must be");
    await expect(
      operateCircuit({ ...options, name: "bank", store: {} as never }, rootCall()),
    ).rejects.toThrow("store must be");
    expect(it.store.requests).toEqual([]);
  },
);
