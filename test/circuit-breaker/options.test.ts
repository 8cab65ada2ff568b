import { type CircuitBreakerOptions, CircuitOpenError, circuitBreaker } from "holdfast/circuit-breaker";
import { memoryCircuitStore } from "holdfast/testing";
import { expect, test } from "vitest";
import { checkedOptions } from "../../src/circuit-breaker/options.ts";

test("the defaults are as documented, alone and in a fleet", () => {
  const alone = checkedOptions({ name: "bank" });
  expect(alone).toMatchObject({ halfOpenAfterMs: 10_000, probeTimeoutMs: 5_000, probesToClose: 1 });
  expect(alone.shared).toBeUndefined();
  const store = memoryCircuitStore();
  const shared = checkedOptions({ name: "bank", store });
  expect(shared.probesToClose).toBe(7);
  expect(shared.shared).toEqual({
    store,
    readEveryMs: 5_000,
    staleAfterMs: 10_000,
    rampMs: 10_000,
    storeTimeoutMs: 250,
  });
});

test.each<[Partial<CircuitBreakerOptions<unknown>>, RegExp]>([
  [{ halfOpenAfterMs: 0.5 }, /^circuitBreaker: halfOpenAfterMs/],
  [{ probeTimeoutMs: 0.5 }, /^circuitBreaker: probeTimeoutMs/],
  [{ probesToClose: 0 }, /^circuitBreaker: probesToClose/],
  [{ sharing: { readEveryMs: 99 } }, /^circuitBreaker: sharing.readEveryMs/],
  [{ sharing: { staleAfterMs: 999 } }, /^circuitBreaker: sharing.staleAfterMs/],
  [{ sharing: { rampMs: -1 } }, /^circuitBreaker: sharing.rampMs/],
  [{ sharing: { storeTimeoutMs: 9 } }, /^circuitBreaker: sharing.storeTimeoutMs/],
])("what is just beyond its bound is refused by name: %o", (options, message) => {
  expect(() => circuitBreaker({ name: "bank", store: memoryCircuitStore(), ...options })).toThrow(message);
});

test("what is just within its bounds is allowed", () => {
  const sharing = { readEveryMs: 100, staleAfterMs: 1_000, rampMs: 0, storeTimeoutMs: 10 };
  const least = { halfOpenAfterMs: 1, probeTimeoutMs: 1, probesToClose: 1 };
  circuitBreaker({ name: "x".repeat(100), store: memoryCircuitStore(), sharing, ...least });
});

test("the error of an open circuit never asks to come before now, and may be tried again also when it is isolated", () => {
  expect(new CircuitOpenError("bank", -5)).toMatchObject({ retryable: true, retryAfterMs: 0 });
  expect(new CircuitOpenError("bank", 1.2)).toMatchObject({ retryable: true, retryAfterMs: 2 });
  const isolated = new CircuitOpenError("bank", Number.POSITIVE_INFINITY);
  expect(isolated).toMatchObject({ code: "CIRCUIT_OPEN", retryable: true });
  expect(isolated.retryAfterMs).toBeUndefined();
});
