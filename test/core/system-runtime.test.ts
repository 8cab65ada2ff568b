import { execFileSync } from "node:child_process";
import { rootCall, runtimeOf } from "holdfast";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const runtime = runtimeOf(rootCall());

/** What Node's own timers may wait at most; it fires a longer one at once. */
const LONGEST_MS = 2 ** 31 - 1;

describe("a timer", () => {
  const armed: { ms: number; timer: NodeJS.Timeout }[] = [];
  beforeEach(() => {
    armed.length = 0;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { setTimeout } = globalThis;
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((fn: () => void, ms: number) => {
      const timer = setTimeout(fn, ms);
      armed.push({ ms, timer });
      return timer;
    }) as typeof setTimeout);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  test("of a guard does not keep the process alive; that of a sleep that someone awaits does", () => {
    runtime.setTimer(10, () => {});
    runtime.setTimer(10, () => {}, false);
    runtime.setTimer(10, () => {}, true);
    expect(armed.map(({ timer }) => timer.hasRef())).toEqual([false, false, true]);
  });

  test.each([[1], [1.5], [999], [2_000], [30_000], [LONGEST_MS], [LONGEST_MS + 5], [5_000_000_123.4]])(
    "of %d ms fires once, after that time and not before",
    (ms) => {
      const fired = vi.fn();
      runtime.setTimer(ms, fired, true);
      vi.advanceTimersByTime(Math.floor(ms) - 1);
      expect(fired).not.toHaveBeenCalled();
      vi.advanceTimersByTime(2);
      expect(fired).toHaveBeenCalledOnce();
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test("whose time came during a freeze fires when the process thaws, however it was waited for", () => {
    const fired = vi.fn();
    runtime.setTimer(29_987, fired);
    vi.spyOn(performance, "now").mockReturnValue(600_000);
    vi.advanceTimersByTime(29_000);
    expect(fired).toHaveBeenCalledOnce();
  });

  test("whose moment has passed is waited for no longer than zero", () => {
    runtime.setTimer(-5, () => {});
    expect(armed.map(({ ms }) => ms)).toEqual([0]);
  });

  test("that is far away is waited for in whole seconds first, so that many deadlines share few of Node's lists", () => {
    for (let ms = 10_000; ms < 12_000; ms += 7) runtime.setTimer(ms, () => {});
    expect(new Set(armed.map(({ ms }) => ms))).toEqual(new Set([10_000, 11_000]));
  });

  test.each([[500], [29_987], [LONGEST_MS + 5]])(
    "of %d ms that is cancelled is given back, at once and on its way",
    (ms) => {
      const fired = vi.fn();
      runtime.setTimer(ms, fired)();
      expect(vi.getTimerCount()).toBe(0);
      const cancel = runtime.setTimer(ms, fired);
      vi.advanceTimersByTime(ms - 1);
      cancel();
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(10);
      expect(fired).not.toHaveBeenCalled();
    },
  );
});

test("once everything is cancelled, the process ends at once", () => {
  const program = `
    import { systemRuntime } from ${JSON.stringify(new URL("../../src/core/runtime/runtime.ts", import.meta.url).href)};
    for (const keepAlive of [true, false]) systemRuntime.setTimer(60_000, () => {}, keepAlive)();
    process.stdout.write(JSON.stringify(process.getActiveResourcesInfo().filter((name) => name === "Timeout")));
  `;
  const told = execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
    timeout: 20_000,
    encoding: "utf8",
  });
  expect(told).toBe("[]");
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
