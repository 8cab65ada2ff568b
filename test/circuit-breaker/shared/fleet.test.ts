import { rootCall } from "holdfast";
import { describe, expect, test } from "vitest";
import { down, type Setting, setting, well } from "./setting.ts";

const never = (): Promise<unknown> => new Promise(() => {});

/** What the store holds, whatever is wrong with the way to it. */
async function itemOf({ store }: Setting) {
  store.trouble = "none";
  return store.read("bank", rootCall());
}

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
    expect(bystander.facts).toContainEqual({
      type: "circuit.shared",
      name: "bank",
      state: "OPEN",
      epoch: 1,
      share: 1,
      atMs: expect.any(Number),
    });
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
    for (let n = 0; n < 2; n++) await it.clock.run(one.ask());
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

test("a store that failed once is no reason to probe alone when it fails again, after it has answered", async () => {
  const it = setting();
  const [one, other] = await it.opened();
  if (one === undefined || other === undefined) throw new Error("no environments");
  it.answer = down;
  it.clock.jump(13_000);
  it.store.trouble = "down";
  expect(await it.clock.run(one.ask())).toBe("refused");
  it.store.trouble = "none";
  expect(await it.clock.run(other.ask())).toBe("down");
  it.clock.jump(6_000);
  expect(await it.clock.run(one.ask())).toBe("refused");
  it.clock.jump(30_000);
  it.store.trouble = "down";
  const askedBefore = it.asked();
  expect(await it.clock.run(one.ask())).toBe("refused");
  expect(it.asked()).toBe(askedBefore);
});

test("where reads are answered and writes are refused, each environment looks for itself after its cooldown, and nothing stays open for ever", async () => {
  const it = setting();
  const [one] = await it.opened();
  if (one === undefined) throw new Error("no environment");
  it.store.replace = () => Promise.reject(new Error("not authorized to perform dynamodb:UpdateItem"));
  it.clock.jump(13_000);
  const askedBefore = it.asked();
  expect(await it.clock.run(one.ask())).toBe("refused");
  expect(it.asked()).toBe(askedBefore);
  it.clock.jump(10_000);
  expect(await it.clock.run(one.ask())).toBe("well");
  expect(await it.clock.run(one.ask())).toBe("well");
  // The next look shows it open again: one call goes ahead, no cooldown passes.
  for (let n = 0; n < 10; n++) {
    it.clock.jump(8_000);
    expect(await it.clock.run(one.ask())).toBe("well");
  }
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
