import { rootCall } from "holdfast";
import { operateCircuit } from "holdfast/circuit-breaker";
import { expect, test } from "vitest";
import { down, setting } from "./setting.ts";

test("calls that come together after a freeze wait for one look, and none leaks", async () => {
  const it = setting();
  const frozen = it.environment();
  await it.clock.run(frozen.ask());
  await it.opened();
  it.clock.jump(60_000);
  const [askedBefore, readBefore] = [it.asked(), it.store.requestsOf("read")];
  it.answer = down;
  const { read } = it.store;
  it.store.read = async (...request) => {
    await new Promise<void>((resolve) => void it.clock.setTimer(5, resolve));
    return read(...request);
  };
  const writesBefore = it.store.requestsOf("replace");
  const outcomes = await it.clock.run(Promise.all([frozen.ask(), frozen.ask(), frozen.ask()]));
  // The circuit has cooled down by then: one of them is the probe of all.
  expect(outcomes.filter((outcome) => outcome === "refused")).toHaveLength(2);
  expect(it.asked() - askedBefore).toBe(1);
  expect(it.store.requestsOf("replace") - writesBefore).toBe(2);
  expect(it.store.requestsOf("read") - readBefore).toBeLessThanOrEqual(2);
});

test("one whose looks are all cut off by the freeze after its answer waits for one, and so hears of the others", async () => {
  const it = setting();
  const quick = it.environment();
  await it.clock.run(quick.ask());
  const { read } = it.store;
  await operateCircuit({ store: it.store, name: "bank", to: "isolated" }, rootCall({ runtime: it.clock }));
  it.store.read = async (...request) => {
    await new Promise<void>((resolve) => void it.clock.setTimer(12, resolve));
    return read(...request);
  };
  const outcomes: unknown[] = [];
  for (let n = 0; n < 6; n++) {
    // Three seconds pass without this process: what was on its way is past its cap when it wakes.
    it.clock.jump(3_000);
    outcomes.push(await it.clock.run(quick.ask()));
  }
  expect(outcomes).toContain("well");
  expect(outcomes.at(-1)).toBe("refused");
});

test("one that has tripped looks before its own probe, however seldom it looks otherwise", async () => {
  const it = setting({ sharing: { readEveryMs: 100_000, staleAfterMs: 1_000_000 } });
  const one = it.environment();
  it.answer = down;
  for (let n = 0; n < 3; n++) await it.clock.run(one.ask());
  await it.opened();
  it.answer = down;
  const askedBefore = it.asked();
  it.clock.jump(10_000);
  expect(await it.clock.run(one.ask())).toBe("refused");
  expect(it.asked()).toBe(askedBefore);
});

test("calls under way when an environment trips do not tell it to the others again", async () => {
  const it = setting();
  const one = it.environment();
  await it.clock.run(one.ask());
  const requests = it.store.requests.length;
  it.answer = down;
  await it.clock.run(Promise.all(Array.from({ length: 8 }, () => one.ask())));
  // The alert after two failures, the trip after three.
  expect(it.store.requests.slice(requests)).toEqual(["read", "replace", "read", "count"]);
});

test("a call under way when the others open the circuit tells them nothing when it ends", async () => {
  const it = setting();
  const one = it.environment();
  await it.clock.run(one.ask());
  let end = (_: unknown): void => {};
  it.answer = () =>
    new Promise((resolve) => {
      end = resolve;
    });
  const underWay = one.ask();
  await it.opened();
  it.clock.jump(8_000);
  await it.clock.run(one.ask());
  await it.clock.advance(100);
  expect(await one.ask()).toBe("refused");
  const requests = it.store.requests.length;
  end("well, long ago");
  expect(await it.clock.run(underWay)).toBe("well, long ago");
  expect(it.store.requests.length).toBe(requests);
});

const lastRefusal = (facts: readonly { readonly type: string; readonly retryAfterMs?: unknown }[]) =>
  facts.findLast(({ type }) => type === "circuit.refused")?.retryAfterMs;

test("a refusal says when this environment may ask again: after the cooldown, and its own while", async () => {
  const it = setting();
  const [one] = await it.opened();
  if (one === undefined) throw new Error("no environment");
  expect(await it.clock.run(one.ask())).toBe("refused");
  const waitMs = Number(lastRefusal(one.facts));
  expect(waitMs).toBeGreaterThan(9_000);
  expect(waitMs).toBeLessThanOrEqual(12_000);
  it.clock.jump(1_000);
  expect(await it.clock.run(one.ask())).toBe("refused");
  expect(lastRefusal(one.facts)).toBe(waitMs - 1_000);
});

test("whoever finds the circuit closed when it stands for election comes back over the ramp, and is told how long that is", async () => {
  const it = setting({ sharing: { rampMs: 60_000 } });
  const [one, other] = await it.opened();
  if (one === undefined || other === undefined) throw new Error("no environments");
  it.clock.jump(13_000);
  expect(await it.clock.run(other.ask())).toBe("well");
  it.clock.jump(1_000);
  const outcomes = await it.clock.run(Promise.all([one.ask(), one.ask(), one.ask()]));
  for (let n = 0; n < 9; n++) outcomes.push(await it.clock.run(one.ask()));
  expect(outcomes.filter((outcome) => outcome === "well").length).toBeLessThan(4);
  expect(outcomes[0]).toBe("refused");
  expect(lastRefusal(one.facts)).toBe(59_000);
});
