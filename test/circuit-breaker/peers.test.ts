/** What docs/circuit-breaker.md and docs/retry.md say that other libraries do, and that ours does not. */
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from "cockatiel";
import CircuitBreaker from "opossum";
import { expect, test } from "vitest";

const soon = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const down = (): Promise<never> => Promise.reject(new Error("down"));

test("cockatiel: those who call during a probe that never answers wait for it", async () => {
  const breaker = circuitBreaker(handleAll, { halfOpenAfter: 1, breaker: new ConsecutiveBreaker(1) });
  await breaker.execute(down).catch(() => {});
  await soon(5);
  let endProbe = (): void => {};
  const probe = breaker.execute(() => new Promise<string>((resolve) => (endProbe = () => resolve("well"))));
  let isOver = false;
  const second = breaker
    .execute(async () => "too")
    .then(
      () => {
        isOver = true;
      },
      (error) => {
        isOver = error instanceof BrokenCircuitError;
      },
    );
  expect(breaker.state).toBe(CircuitState.HalfOpen);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(false);
  endProbe();
  await Promise.all([probe, second]);
  expect(isOver).toBe(true);
});

test("opossum: after a freeze of many windows one failure opens it on what was counted before", async () => {
  const breaker = new CircuitBreaker(down, {
    rollingCountTimeout: 50,
    rollingCountBuckets: 5,
    volumeThreshold: 5,
    errorThresholdPercentage: 50,
    timeout: false,
  });
  try {
    for (let n = 0; n < 4; n++) await breaker.fire().catch(() => {});
    expect(breaker.opened).toBe(false);
    // Frozen: time passes, and no timer is served.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    await breaker.fire().catch(() => {});
    expect(breaker.opened).toBe(true);
  } finally {
    breaker.shutdown();
  }
});
