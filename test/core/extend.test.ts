import { manualRuntime } from "holdfast/testing";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Scope } from "../../src/core/scope.ts";

let clock: ReturnType<typeof manualRuntime>;
let startMs: number;
beforeEach(() => {
  clock = manualRuntime();
  startMs = clock.now();
});

/** A scope whose deadline is so many milliseconds from the start, and whose reason to be over is its name. */
function scope(name: string, afterMs?: number, parent?: Scope): Scope {
  const deadlineMs = afterMs === undefined ? undefined : startMs + afterMs;
  return new Scope(clock, parent, { deadlineMs, overdue: () => name });
}

/** What a listener was told, and when. */
function told(by: Scope, use: "hold" | "free" = "free") {
  const heard: [unknown, number][] = [];
  const stop = by.listen((reason) => heard.push([reason, clock.now() - startMs]), undefined, use);
  return { heard, stop };
}

describe("a deadline that is moved to a later point", () => {
  test("is the deadline: whoever asks, and whoever listens, is told then", async () => {
    const lease = scope("lease", 100);
    const { heard } = told(lease);
    lease.extend(startMs + 250);
    await clock.advance(249);
    expect(lease.refusal()).toBeUndefined();
    expect(heard).toEqual([]);
    await clock.advance(1);
    expect(heard).toEqual([["lease", 250]]);
    expect(lease.refusal()).toBe("lease");
    expect(clock.pendingTimers).toBe(0);
  });

  test("has one timer, and none where nobody listens", () => {
    const lease = scope("lease", 100);
    lease.extend(startMs + 200);
    expect(clock.pendingTimers).toBe(0);
    const { stop } = told(lease);
    lease.extend(startMs + 300);
    expect(clock.pendingTimers).toBe(1);
    stop();
    lease.extend(startMs + 400);
    expect(clock.pendingTimers).toBe(0);
  });

  test.each([[100], [99]])(
    "is not moved by %i ms after the start to an earlier one, or to itself",
    async (ms) => {
      const lease = scope("lease", 100);
      const { heard } = told(lease);
      lease.extend(startMs + ms);
      await clock.advance(99);
      expect(lease.refusal()).toBeUndefined();
      await clock.advance(1);
      expect(heard).toEqual([["lease", 100]]);
    },
  );

  test("revives nothing that is over", async () => {
    const lease = scope("lease", 100);
    lease.abort("aborted");
    lease.extend(startMs + 200);
    expect(lease.refusal()).toBe("aborted");
    expect(lease.boundMs).toBe(startMs + 100);
  });
});

describe("a deadline above", () => {
  test("still holds, for its own reason", async () => {
    const lease = scope("lease", 100, scope("call", 150));
    const { heard } = told(lease);
    lease.extend(startMs + 200);
    expect(lease.boundMs).toBe(startMs + 150);
    await clock.advance(150);
    expect(heard).toEqual([["call", 150]]);
    expect(lease.refusal()).toBe("call");
    expect(clock.pendingTimers).toBe(0);
  });

  test("that was the tightest holds until it is moved itself; then what it had covered counts", async () => {
    const outer = scope("outer", 100);
    const inner = scope("inner", 150, outer);
    const { heard } = told(inner);
    inner.extend(startMs + 300);
    expect(inner.boundMs).toBe(startMs + 100);
    outer.extend(startMs + 400);
    expect(inner.boundMs).toBe(startMs + 300);
    await clock.advance(400);
    expect(heard).toEqual([["inner", 300]]);
  });
});

describe("a deadline below one that is moved", () => {
  test("is the tightest from then on, for whoever asks", () => {
    const lease = scope("lease", 100);
    const limit = scope("limit", 150, lease);
    expect(limit.boundMs).toBe(startMs + 100);
    lease.extend(startMs + 300);
    expect(limit.boundMs).toBe(startMs + 150);
    clock.jump(150);
    expect(limit.refusal()).toBe("limit");
    expect(lease.refusal()).toBeUndefined();
  });

  test("is the tightest also for what lies beneath it", () => {
    const lease = scope("lease", 100);
    const limit = scope("limit", 150, lease);
    const below = scope("below", 400, limit);
    expect(below.boundMs).toBe(startMs + 100);
    lease.extend(startMs + 300);
    expect(below.boundMs).toBe(startMs + 150);
  });

  test.each(["free", "hold"] as const)("tells in its own time whoever listened before, %s", async (use) => {
    const lease = scope("lease", 100);
    const limit = scope("limit", 150, lease);
    const { heard } = told(scope("below", undefined, limit), use);
    lease.extend(startMs + 300);
    lease.extend(startMs + 500);
    await clock.advance(150);
    expect(heard).toEqual([["limit", 150]]);
  });

  test("gives back every timer with the last that listens", () => {
    const lease = scope("lease", 100);
    const { stop } = told(scope("limit", 150, lease), "hold");
    lease.extend(startMs + 300);
    stop();
    expect(clock.pendingTimers).toBe(0);
  });

  test("takes over who keeps the process alive, and nobody else does", () => {
    const setTimer = vi.spyOn(clock, "setTimer");
    const lease = scope("lease", 100);
    told(scope("limit", 150, lease), "hold");
    expect(setTimer.mock.lastCall?.[2]).toBe(true);
    lease.extend(startMs + 300);
    const kept = setTimer.mock.calls.map(([ms, , keeps]) => [ms, keeps]);
    expect(kept.slice(1)).toEqual([
      [300, true],
      [300, false],
      [150, true],
    ]);
  });

  test("keeps the process alive for one who waits, although another came who does not", () => {
    const setTimer = vi.spyOn(clock, "setTimer");
    const lease = scope("lease", 100);
    const limit = scope("limit", 150, lease);
    told(limit, "hold");
    told(limit, "free");
    lease.extend(startMs + 300);
    expect(setTimer.mock.calls.map(([ms, , keeps]) => [ms, keeps])).toContainEqual([150, true]);
  });

  test("lets the process end once nobody waits, however often it was moved", () => {
    const setTimer = vi.spyOn(clock, "setTimer");
    const lease = scope("lease", 100);
    const { stop } = told(scope("below", undefined, lease), "hold");
    told(lease, "free");
    lease.extend(startMs + 200);
    lease.extend(startMs + 300);
    expect(setTimer.mock.lastCall?.[2]).toBe(true);
    stop();
    expect(setTimer.mock.lastCall?.[2]).toBe(false);
  });
});
