import fc from "fast-check";
import { RetryableError } from "holdfast";
import { retryAfterMs } from "holdfast/retry";
import { expect, test } from "vitest";

const nowMs = Date.parse("2026-11-28T10:00:00Z");
const after = (headers: unknown) => retryAfterMs(Object.assign(new Error("busy"), { headers }), nowMs);

test.each<[string, unknown, number | undefined]>([
  ["seconds", { "retry-after": "120" }, 120_000],
  ["seconds, as a number", { "Retry-After": 2 }, 2_000],
  ["spaces round it", { "retry-after": " 3 " }, 3_000],
  ["a date", { "retry-after": "Sat, 28 Nov 2026 10:00:30 GMT" }, 30_000],
  ["a date of RFC 850", { "retry-after": "Saturday, 28-Nov-26 10:00:30 GMT" }, 30_000],
  ["a date of asctime", { "retry-after": "Sat Nov 28 10:00:30 2026 GMT" }, 30_000],
  ["a date in the past", { "retry-after": "Sat, 28 Nov 2026 09:00:00 GMT" }, 0],
  ["AWS's milliseconds, before the other header", { "x-amz-retry-after": "250", "retry-after": "9" }, 250],
  ["the headers of fetch", new Headers({ "Retry-After": "4" }), 4_000],
  ["undici's raw headers", ["content-type", "x", "Retry-After", "5"], 5_000],
  ["a list of values", { "retry-after": ["6", "7"] }, 6_000],
  ["a negative number", { "retry-after": "-1" }, undefined],
  ["a fraction", { "retry-after": "1.5" }, undefined],
  ["a number that is none", { "retry-after": "soon" }, undefined],
  ["no such header", { date: "Sat, 28 Nov 2026 10:00:30 GMT" }, undefined],
  ["no headers", undefined, undefined],
  ["null for headers", null, undefined],
  ["a header that is no text", { "retry-after": {} }, undefined],
  ["raw headers, of which a value is the name", ["x-note", "retry-after", "Retry-After", "5"], 5_000],
])("Retry-After: %s", (_, headers, expected) => {
  expect(after(headers)).toBe(expected);
});

test.each<[string, object]>([
  ["an AWS client's", { $response: { statusCode: 503, headers: { "retry-after": "7" } } }],
  ["axios' and ky's", { response: { status: 503, headers: { "Retry-After": "7" } } }],
  [
    "one round a fetch Response",
    { response: new Response(null, { status: 503, headers: { "retry-after": "7" } }) },
  ],
  ["one that keeps its headers apart", { response: { status: 503 }, headers: { "retry-after": "7" } }],
  ["undici's", { statusCode: 503, headers: { "retry-after": "7" } }],
])("is found in the errors of clients: %s", (_, members) => {
  expect(retryAfterMs(Object.assign(new Error("busy"), members), nowMs)).toBe(7_000);
});

test("an error's own retryAfterMs goes before all headers", () => {
  const error = Object.assign(new RetryableError("busy", { retryAfterMs: 1 }), {
    headers: { "retry-after": "9" },
  });
  expect(retryAfterMs(error, nowMs)).toBe(1);
});

test("an error's own retryAfterMs of 0 asks for nothing, whatever a header says; what is no wait does not count", () => {
  const after = (ms: number) => {
    const error = Object.assign(new Error("busy"), { retryAfterMs: ms, headers: { "retry-after": "9" } });
    return retryAfterMs(error, nowMs);
  };
  expect(after(0)).toBe(0);
  for (const nonsense of [-0.5, Number.POSITIVE_INFINITY, Number.NaN]) expect(after(nonsense)).toBe(9_000);
});

test("nothing that is thrown, and no header, makes it throw or answer anything but a wait", () => {
  fc.assert(
    fc.property(fc.anything(), fc.string(), (thrown, text) => {
      for (const error of [thrown, { headers: { "retry-after": text, "x-amz-retry-after": text } }]) {
        const ms = retryAfterMs(error, nowMs);
        if (ms !== undefined) expect(ms).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
