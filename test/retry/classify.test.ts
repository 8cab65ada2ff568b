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

test.each([
  "EADDRNOTAVAIL",
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ENETRESET",
  "ERR_TLS_HANDSHAKE_TIMEOUT",
  "HPE_INVALID_CONSTANT",
  "UND_ERR_DESTROYED",
  "UND_ERR_CLOSED",
  "UND_ERR_INFO",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
])("a fetch that failed on the way, for a cause that passes, may be tried again: %s", (code) => {
  const { retryable, reason } = classify(fetchFailed(withMembers({ code })));
  expect([retryable, reason.startsWith(`${code}: `)]).toEqual([true, true]);
});

test.each([
  ["CERT_HAS_EXPIRED", /certificate/],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", /certificate/],
  ["SELF_SIGNED_CERT_IN_CHAIN", /certificate/],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", /certificate/],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", /certificate/],
  ["ERR_TLS_CERT_ALTNAME_INVALID", /certificate/],
  ["ERR_TLS_INVALID_PROTOCOL_VERSION", /agree on TLS/],
  ["ERR_SSL_WRONG_VERSION_NUMBER", /agree on TLS/],
  ["EPROTO", /agree on TLS/],
  ["UND_ERR_HEADERS_OVERFLOW", /headers are too long/],
  ["HPE_HEADER_OVERFLOW", /headers are too long/],
  ["UND_ERR_RES_EXCEEDED_MAX_SIZE", /answer is too long/],
])(
  "a fetch that failed for what stays as it is is not tried again, and the reason is true: %s",
  (code, reason) => {
    expect(classify(fetchFailed(withMembers({ code })))).toEqual({
      retryable: false,
      reason: expect.stringMatching(reason),
    });
  },
);

test.each(["UNABLE_TO_REACH_BANK", "CERT_UPLOAD_BUSY", "MY_ERR_TLS_X"])(
  "a code of one's own that only looks like TLS's says nothing: %s",
  (code) => {
    expect(classify(withMembers({ code })).reason).toMatch(/nothing says/);
  },
);

test("an answer that is not HTTP may be tried again, though undici has no code for it", () => {
  const error = fetchFailed(withMembers({ name: "HTTPParserError", code: undefined }));
  expect(classify(error)).toEqual({ retryable: true, reason: "HTTPParserError: the answer is not HTTP" });
});

test.each(["fetch failed", "terminated"])(
  "a fetch that failed of a cause that is not known is no mistake in the code: %s",
  (message) => {
    const error = new TypeError(message, { cause: new Error("never heard of") });
    expect(classify(error)).toEqual({ retryable: true, reason: expect.stringMatching(/nothing says/) });
  },
);

test("a fetch that failed of a mistake in the code is one", () => {
  expect(classify(fetchFailed(new TypeError("x is not a function"))).reason).toMatch(/a mistake in the code/);
  expect(classify(new TypeError("not fetch's", { cause: new Error("x") })).reason).toMatch(/a mistake/);
});

test.each(["foo://x", "http://127.0.0.1:6000/"])(
  "what fetch itself refuses to try comes again: %s",
  async (url) => {
    const error: unknown = await fetch(url).catch((why: unknown) => why);
    expect(classify(error)).toEqual({ retryable: false, reason: expect.stringMatching(/^fetch failed: /) });
  },
);

test("of all status codes from 400 on, 408, 425, 429, 500, 502, 503 and 504 may pass", () => {
  const passing = Array.from({ length: 200 }, (_, n) => 400 + n).filter(
    (status) => classify(withMembers({ status })).retryable,
  );
  expect(passing).toEqual([408, 425, 429, 500, 502, 503, 504]);
  expect(classify(withMembers({ status: 399 })).reason).toMatch(/nothing says/);
});

test.each<[string, object, RegExp]>([
  ["$metadata alone", { $metadata: { httpStatusCode: 404 } }, /status 404/],
  ["the error, where its response has none", { response: {}, status: 404 }, /status 404/],
  ["the error, where its response says 0", { response: { status: 0 }, statusCode: 404 }, /status 404/],
  ["nowhere, when it is a text", { status: "404" }, /nothing says/],
])("the status is found in %s", (_, members, reason) => {
  expect(classify(withMembers(members)).reason).toMatch(reason);
});

test("the reason is looked for in three causes of the error, and no further", () => {
  const reset = withMembers({ code: "ECONNRESET" });
  const around = (cause: Error, times: number): Error =>
    times === 0 ? cause : around(new Error("x", { cause }), times - 1);
  expect(classify(around(reset, 3)).reason).toMatch(/ECONNRESET/);
  expect(classify(around(reset, 4)).reason).toMatch(/nothing says/);
});

test("the errors of several addresses are looked at as deep as causes are", () => {
  const reset = withMembers({ code: "ECONNRESET" });
  const around = (error: Error, times: number): Error =>
    times === 0 ? error : around(new AggregateError([error]), times - 1);
  expect(classify(around(reset, 3)).reason).toMatch(/ECONNRESET/);
  expect(classify(around(reset, 4)).reason).toMatch(/nothing says/);
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
