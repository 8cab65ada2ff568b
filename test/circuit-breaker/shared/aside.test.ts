import { type Call, rootCall } from "holdfast";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { aside } from "../../../src/circuit-breaker/shared/aside.ts";
import { refusal } from "../../../src/core/call.ts";

test.each<[string, () => Promise<string>, string]>([
  ["done", async () => "read", "read"],
  ["failed", () => Promise.reject(new Error("throttled")), "Error: throttled"],
] as const)(
  "work beside a call that is %s leaves no timer, and its call is over",
  async (_, work, outcome) => {
    const clock = manualRuntime();
    let own: Call | undefined;
    const answer = aside(rootCall({ runtime: clock }), 250, "hold", (call) => {
      own = call;
      return work();
    });
    expect(await answer.catch(String)).toBe(outcome);
    expect(clock.pendingTimers).toBe(0);
    expect(own && refusal(own)).toBeDefined();
  },
);

test("work beside a call is aborted at its cap, and given up whether or not it listens", async () => {
  const clock = manualRuntime();
  const beganMs = clock.now();
  let own: Call | undefined;
  const answer = aside(rootCall({ runtime: clock }), 250, "hold", (call) => {
    own = call;
    return new Promise<never>(() => {});
  });
  await expect(clock.run(answer)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(clock.now() - beganMs).toBe(250);
  expect(own?.signal.aborted).toBe(true);
});

test("work beside a call goes on when its caller goes away", async () => {
  const clock = manualRuntime();
  const caller = new AbortController();
  caller.abort(new Error("client went away"));
  const call = rootCall({ runtime: clock, signal: caller.signal });
  expect(await aside(call, 250, "free", async () => "read")).toBe("read");
});
