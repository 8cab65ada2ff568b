import { rootCall, runtimeOf } from "holdfast";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const runtime = runtimeOf(rootCall());
const armed: { ms: number | undefined; timer: NodeJS.Timeout }[] = [];
const realSetTimeout = globalThis.setTimeout;

/** Notes every timer that is armed; `fire` runs the newest one's function as Node would. */
let fire: () => void;
beforeEach(() => {
  armed.length = 0;
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((fn: () => void, ms?: number) => {
    fire = fn;
    const timer = realSetTimeout(() => {}, 60_000);
    armed.push({ ms, timer });
    return timer;
  }) as typeof setTimeout);
});
afterEach(() => {
  vi.restoreAllMocks();
  for (const { timer } of armed) clearTimeout(timer);
});

const LONGEST_MS = 2 ** 31 - 1;

test("a guard does not keep the process alive; a sleep that someone awaits does", () => {
  runtime.setTimer(10, () => {});
  runtime.setTimer(10, () => {}, false);
  runtime.setTimer(10, () => {}, true);
  expect(armed.map(({ timer }) => timer.hasRef())).toEqual([false, false, true]);
});

test("a wait that Node's timers can hold is one timer", () => {
  let fired = 0;
  runtime.setTimer(LONGEST_MS, () => {
    fired += 1;
  });
  fire();
  expect(fired).toBe(1);
  expect(armed.map(({ ms }) => ms)).toEqual([LONGEST_MS]);
});

test("a longer wait is made of several, for Node would fire it at once", () => {
  let fired = 0;
  runtime.setTimer(LONGEST_MS + 5, () => {
    fired += 1;
  });
  fire();
  expect(fired).toBe(0);
  fire();
  expect(fired).toBe(1);
  expect(armed.map(({ ms }) => ms)).toEqual([LONGEST_MS, 5]);
});

test("a moment that has passed is waited for no longer than zero", () => {
  runtime.setTimer(-5, () => {});
  expect(armed.map(({ ms }) => ms)).toEqual([0]);
});

test("cancelling gives back the timer that is armed, also the second of a long wait", () => {
  const cleared: unknown[] = [];
  const clear = globalThis.clearTimeout;
  vi.spyOn(globalThis, "clearTimeout").mockImplementation((timer) => {
    cleared.push(timer);
    clear(timer as NodeJS.Timeout);
  });
  const cancel = runtime.setTimer(LONGEST_MS + 5, () => {});
  fire();
  cancel();
  expect(cleared).toEqual([armed[1]?.timer]);
});

test("chance is in [0, 1) and identifiers are new every time", () => {
  const numbers = Array.from({ length: 50 }, () => runtime.random());
  expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true);
  expect(new Set(numbers).size).toBeGreaterThan(40);
  expect(new Set(Array.from({ length: 50 }, () => runtime.newId())).size).toBe(50);
});

test("the clock is the epoch's, so that deadlines compare between machines", () => {
  expect(Math.abs(runtime.now() - Date.now())).toBeLessThan(1_000);
});
