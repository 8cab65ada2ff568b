import fc from "fast-check";
import { RetryableError, TerminalError } from "holdfast";
import { classify, mayRetry } from "holdfast/retry";
import { expect, test } from "vitest";

const withMembers = (members: object): Error => Object.assign(new Error("x"), members);
const fetchFailed = (cause: unknown): TypeError => new TypeError("fetch failed", { cause });

test.each<[string, unknown, boolean, RegExp]>([
  ["one that says so", new RetryableError("x"), true, /says so/],
  ["one that says not", new TerminalError("x"), false, /says so/],
  [
    "AWS throttling",
    withMembers({ name: "ThrottlingException", $fault: "client" }),
    true,
    /ThrottlingException: it passes/,
  ],
  [
    "an AWS client's fault",
    withMembers({ name: "ValidationException", $fault: "client" }),
    false,
    /ValidationException: the same request/,
  ],
  ["status 503", withMembers({ response: { status: 503 } }), true, /status 503 may pass/],
  ["status 429", withMembers({ statusCode: 429 }), true, /status 429/],
  ["status 404", withMembers({ status: 404 }), false, /status 404 will come again/],
  ["status 501", withMembers({ status: 501 }), false, /501/],
  ["a reset connection", withMembers({ code: "ECONNRESET" }), true, /ECONNRESET: the connection was lost/],
  [
    "fetch, whose reason is its cause",
    fetchFailed(withMembers({ code: "ECONNREFUSED" })),
    true,
    /ECONNREFUSED/,
  ],
  [
    "undici's own timeouts",
    fetchFailed(withMembers({ code: "UND_ERR_HEADERS_TIMEOUT" })),
    true,
    /no answer in time/,
  ],
  [
    "several addresses",
    fetchFailed(new AggregateError([withMembers({ code: "ETIMEDOUT" })])),
    true,
    /ETIMEDOUT/,
  ],
  ["a wrong URL", new TypeError("Invalid URL", { cause: undefined }), false, /mistake/],
  [
    "a wrong argument of undici's",
    withMembers({ code: "UND_ERR_INVALID_ARG" }),
    false,
    /the request is wrong/,
  ],
  ["a timeout of AbortSignal's", new DOMException("t", "TimeoutError"), true, /no answer in time/],
  ["what somebody has called off", new DOMException("a", "AbortError"), false, /called off/],
  ["a mistake in the code", new TypeError("x is not a function"), false, /TypeError: a mistake in the code/],
  ["any other", new Error("hiccup"), true, /nothing says/],
  ["undefined", undefined, true, /nothing says/],
])("%s: %o", (_, error, retryable, reason) => {
  expect(classify(error)).toEqual({ retryable, reason: expect.stringMatching(reason) });
  expect(mayRetry(error)).toBe(retryable);
});

test("a status of an answer that was good says nothing of the error", () => {
  expect(classify(withMembers({ response: { status: 200 } })).retryable).toBe(true);
});

test("a cause that is its own cause comes to an end", () => {
  const error = new Error("x");
  error.cause = error;
  expect(classify(error).retryable).toBe(true);
});

test("whatever is thrown is judged, with a reason", () => {
  fc.assert(
    fc.property(fc.anything(), (thrown) => {
      expect(classify(thrown).reason.length).toBeGreaterThan(0);
    }),
  );
});
