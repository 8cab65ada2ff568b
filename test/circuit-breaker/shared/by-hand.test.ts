import { rootCall } from "holdfast";
import { type CircuitStore, operateCircuit } from "holdfast/circuit-breaker";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { testStore } from "./setting.ts";

const clock = manualRuntime();
const call = rootCall({ runtime: clock });
const operate = (store: CircuitStore, options: object = {}) =>
  operateCircuit({ store, name: "bank", to: "open", ...options }, call);

test("a hand that opens a circuit gives it ten seconds without other words, and writes once what nobody else writes", async () => {
  const store = testStore();
  for (const openings of [1, 2]) {
    const { state, sinceMs, untilMs } = await operate(store);
    expect({ state, cooldownMs: untilMs - sinceMs }).toEqual({ state: "OPEN", cooldownMs: 10_000 });
    expect(store.requestsOf("replace")).toBe(openings);
  }
  const { sinceMs, untilMs } = await operate(store, { halfOpenAfterMs: 1 });
  expect(untilMs - sinceMs).toBe(1);
});

test("a hand that comes too late twenty times in a row gives up, and says that it may be tried again", async () => {
  const store = testStore();
  store.replace = async () => {
    store.requests.push("replace");
    return { written: false, found: undefined };
  };
  await expect(operate(store)).rejects.toMatchObject({ code: "CIRCUIT_CONTENDED", retryable: true });
  expect(store.requestsOf("replace")).toBe(20);
});

test.each<[object, RegExp]>([
  [{ to: "shut" }, /^operateCircuit: to must be/],
  [{ halfOpenAfterMs: 0.5 }, /^operateCircuit: halfOpenAfterMs/],
  [{ halfOpenAfter: 1 }, /there is no option "halfOpenAfter"/],
])("a wrong option is refused by name: %o", async (options, message) => {
  await expect(operate(testStore(), options)).rejects.toThrow(message);
});
