import { describe, expect, it } from "vitest";
import { afterAsyncFailure } from "../../../../examples/local/lambda/async-policy.ts";

const config = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 };
const fresh = { errors: 1, throttles: 0, ageMs: 0 };

describe("asynchronous retries", () => {
  it("come one minute after the first function error and two after the second, then end", () => {
    expect(afterAsyncFailure("error", fresh, config)).toEqual({ next: "retry", delayMs: 60_000 });
    expect(afterAsyncFailure("error", { ...fresh, errors: 2 }, config)).toEqual({
      next: "retry",
      delayMs: 120_000,
    });
    expect(afterAsyncFailure("error", { ...fresh, errors: 3 }, config)).toEqual({
      next: "give-up",
      condition: "RetriesExhausted",
    });
  });

  it("do not come at all when MaximumRetryAttempts is 0", () => {
    expect(afterAsyncFailure("error", fresh, { ...config, maximumRetryAttempts: 0 })).toMatchObject({
      condition: "RetriesExhausted",
    });
  });

  it("of throttled events wait from one second, doubling, up to five minutes", () => {
    const delays = [1, 2, 3, 9, 10, 40].map((throttles) =>
      afterAsyncFailure("throttled", { errors: 0, throttles, ageMs: 0 }, config),
    );
    expect(delays.map((decision) => (decision.next === "retry" ? decision.delayMs : -1))).toEqual([
      1_000, 2_000, 4_000, 256_000, 300_000, 300_000,
    ]);
  });

  it("of throttled events are not counted, only their age is", () => {
    const old = { errors: 0, throttles: 500, ageMs: 21_599_000 };
    expect(afterAsyncFailure("throttled", { ...old, ageMs: 21_000_000 }, config).next).toBe("retry");
    expect(afterAsyncFailure("throttled", old, config)).toEqual({
      next: "give-up",
      condition: "EventAgeExceeded",
    });
  });

  it("end when the next one would come after the maximum age", () => {
    const young = { ...config, maximumEventAgeSeconds: 60 };
    expect(afterAsyncFailure("error", fresh, young).next).toBe("retry");
    expect(afterAsyncFailure("error", { ...fresh, ageMs: 1 }, young)).toMatchObject({
      condition: "EventAgeExceeded",
    });
  });

  it("end at once for a function with no concurrency at all", () => {
    const none = { ...config, reservedConcurrency: 0 };
    expect(afterAsyncFailure("throttled", { errors: 0, throttles: 1, ageMs: 0 }, none)).toEqual({
      next: "give-up",
      condition: "ZeroReservedConcurrency",
    });
  });
});
