import {
  DeadlineExceededError,
  deadline,
  HoldfastError,
  hasCode,
  InvalidOptionError,
  RetryableError,
  rootCall,
  TerminalError,
  TimeoutError,
  timeout,
} from "holdfast";
import { mayRetry, retry } from "holdfast/retry";
import { expect, test } from "vitest";

test.each([
  [new HoldfastError("SOME_CODE", "m"), "HoldfastError", "SOME_CODE", false],
  [new TerminalError("m"), "TerminalError", "TERMINAL", false],
  [new RetryableError("m"), "RetryableError", "RETRYABLE", true],
  [new DeadlineExceededError(0), "DeadlineExceededError", "DEADLINE_EXCEEDED", true],
  [new InvalidOptionError("where", "what"), "InvalidOptionError", "INVALID_OPTION", false],
  [new TimeoutError(5), "TimeoutError", "TIMEOUT", true],
])("%s has a stable name, code and word on retrying", (error, name, code, retryable) => {
  expect([error.name, error.code, error.retryable]).toEqual([name, code, retryable]);
  expect(hasCode(error, code)).toBe(true);
  expect(mayRetry(error)).toBe(retryable);
});

test("an error keeps its cause, and has no such member without one", () => {
  const cause = new Error("why");
  expect(new TerminalError("m", { cause }).cause).toBe(cause);
  expect(new RetryableError("m", { cause, retryAfterMs: 5 })).toMatchObject({ cause, retryAfterMs: 5 });
  expect("cause" in new TerminalError("m")).toBe(false);
});

test("a terminal error stays one, whatever its options say", () => {
  const options = { retryable: true } as { cause?: unknown };
  expect(new TerminalError("m", options).retryable).toBe(false);
});

test.each([[undefined], [null], ["TIMEOUT"], [7], [{}], [{ code: "OTHER" }], [new Error("TIMEOUT")]])(
  "%o carries no code TIMEOUT",
  (thrown) => {
    expect(hasCode(thrown, "TIMEOUT")).toBe(false);
  },
);

test("a code is known on whatever carries it, such as another copy's error", () => {
  expect(hasCode({ code: "TIMEOUT" }, "TIMEOUT")).toBe(true);
});

test.each([
  [undefined, true],
  [null, true],
  ["text", true],
  [{ retryable: "no" }, true],
  [{ retryable: false }, false],
  [{ retryable: true, $fault: "client" }, true],
])("%o may be retried: %s", (thrown, expected) => {
  expect(mayRetry(thrown)).toBe(expected);
});

test.each([
  [() => timeout({ ms: 0 }), "timeout: ms must be a number of at least 1, not 0"],
  [() => timeout({ ms: undefined as never }), "timeout: ms must be a number of at least 1, not undefined"],
  [() => timeout({ ms: null as never }), "timeout: ms must be a number of at least 1, not null"],
  [() => timeout({ ms: true as never }), "timeout: ms must be a number of at least 1, not true"],
  [() => timeout({ ms: "s3cret" as never }), "timeout: ms must be a number of at least 1, not a string"],
  [() => retry({ maxAttempts: 2.5 }), "retry: maxAttempts must be a whole number of at least 1, not 2.5"],
  [() => deadline({ reserveMs: -1 }), "deadline: reserveMs must be a number of at least 0, not -1"],
  [() => deadline({ reserve: 1 } as never), 'deadline: there is no option "reserve"'],
  [() => rootCall({ timeoutMs: -1 }), "rootCall: timeoutMs must be a number of at least 0, not -1"],
])("a wrong option is named with its limits, and its contents are not shown: %s", (make, message) => {
  expect(make).toThrow(message);
});

test("a limit's own value is allowed", () => {
  expect(timeout({ ms: 1 }).name).toBe("timeout");
  expect(retry({ maxAttempts: 1 }).name).toBe("retry");
  expect(deadline({ reserveMs: 0 }).name).toBe("deadline");
  using call = rootCall({ timeoutMs: 0 });
  expect(call.deadlineMs).toBeLessThanOrEqual(Date.now());
});
