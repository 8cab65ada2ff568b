import { rootCall } from "holdfast";
import { consecutiveFailures } from "holdfast/circuit-breaker";
import { describe, expect, test } from "vitest";
import { down, type Setting, setting, well } from "./setting.ts";

/** None of these trips for itself. */
const patient = (): Setting => setting({ trip: { ...consecutiveFailures(50), suspiciousAfter: 2 } });
const itemOf = ({ store }: Setting) => store.read("bank", rootCall());

describe("after a failure", () => {
  test("the next call looks what the others found, and is no second failure", async () => {
    const it = setting();
    const one = it.environment();
    await it.clock.run(one.ask());
    await it.opened();
    it.clock.jump(1_000);
    it.answer = down;
    expect(await it.clock.run(one.ask())).toBe("down");
    expect(await it.clock.run(one.ask())).toBe("refused");
  });

  test("the next call waits for a store that hangs 20 ms, and the one after a success does not", async () => {
    const it = patient();
    const one = it.environment();
    await it.clock.run(one.ask());
    it.store.trouble = "hangs";
    it.answer = down;
    it.clock.jump(1_000);
    await it.clock.run(one.ask());
    it.answer = well;
    const beganMs = it.clock.now();
    expect(await it.clock.run(one.ask())).toBe("well");
    expect(it.clock.now() - beganMs).toBe(20);
    expect(await one.ask()).toBe("well");
  });

  test("looks come no more often than five times a second, however much fails", async () => {
    const it = patient();
    const one = it.environment();
    it.answer = down;
    const beganMs = it.clock.now();
    for (let step = 0; step < 100; step++) {
      await it.clock.run(one.ask());
      it.clock.jump(10);
    }
    const seconds = (it.clock.now() - beganMs) / 1_000;
    // And one before the alert is raised.
    expect(it.store.requestsOf("read")).toBeLessThanOrEqual(5 * seconds + 2);
    expect(it.store.requestsOf("read")).toBeGreaterThan(3);
  });
});

describe("an alert", () => {
  test("is raised by two failures in a row, before anybody has tripped, and by one in two never", async () => {
    const it = patient();
    const one = it.environment();
    for (let n = 0; n < 10; n++) {
      it.answer = n % 2 === 0 ? down : well;
      await it.clock.run(one.ask());
    }
    expect(await itemOf(it)).toBeUndefined();
    it.answer = down;
    for (let n = 0; n < 2; n++) await it.clock.run(one.ask());
    expect(await itemOf(it)).toMatchObject({ state: "CLOSED", alert: expect.stringMatching(/./) });
  });

  test("is not raised again by those within ten seconds of one that was taken back", async () => {
    const it = patient();
    const sick = it.environment();
    it.answer = down;
    for (let n = 0; n < 2; n++) await it.clock.run(sick.ask());
    it.answer = well;
    const others = Array.from({ length: 10 }, () => it.environment());
    await it.each(others);
    expect(await itemOf(it)).toMatchObject({ alert: "", state: "CLOSED" });
    it.answer = down;
    await it.clock.run(sick.ask());
    it.clock.jump(1_000);
    for (let n = 0; n < 3; n++) await it.clock.run(sick.ask());
    expect(await itemOf(it)).toMatchObject({ alert: "" });
    it.clock.jump(10_000);
    it.answer = well;
    await it.clock.run(sick.ask());
    it.answer = down;
    for (let n = 0; n < 2; n++) await it.clock.run(sick.ask());
    expect(await itemOf(it)).toMatchObject({ alert: expect.stringMatching(/./) });
  });

  test("counts nothing of an environment that found it because it failed, and all of one whose look was due", async () => {
    const it = patient();
    const [raises, looks] = [it.environment(), it.environment()];
    await it.each([raises, looks]);
    it.answer = down;
    for (let n = 0; n < 2; n++) await it.clock.run(raises.ask());
    it.clock.jump(300);
    for (let n = 0; n < 6; n++) {
      await it.clock.run(looks.ask());
      it.clock.jump(300);
    }
    expect(it.store.requestsOf("count")).toBe(0);
    // By then its look is due.
    it.clock.jump(7_500);
    await it.clock.run(looks.ask());
    expect(it.store.requestsOf("count")).toBe(1);
  });

  test("whose decision did not get through is decided by the next one that reports", async () => {
    const it = patient();
    const raises = it.environment();
    it.answer = down;
    for (let n = 0; n < 2; n++) await it.clock.run(raises.ask());
    const { replace } = it.store;
    it.store.replace = () => Promise.reject(new Error("throttled"));
    for (let n = 0; n < 8; n++) await it.clock.run(it.environment().ask());
    expect(await itemOf(it)).toMatchObject({ state: "CLOSED" });
    it.store.replace = replace;
    await it.clock.run(it.environment().ask());
    expect(await itemOf(it)).toMatchObject({ state: "OPEN" });
  });
});
