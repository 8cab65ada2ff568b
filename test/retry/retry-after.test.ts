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
  ["a date of asctime", { "retry-after": "Sat Nov 28 10:00:30 2026" }, 30_000],
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

test.each([
  "abc 99999",
  "soon: 2030",
  "about 120",
  "Nov 2030",
  "120 seconds",
  "2030-11-28T10:00:00Z",
  "Sat, 28 Nov 2026 10:00:30",
  "Sat, 28 Nov 2026 12:00:30 +0200",
  "28 Nov 2026 10:00:30 GMT",
  "Sat, 28 Foo 2026 10:00:30 GMT",
  "Sat, 31 Feb 2026 10:00:30 GMT",
  "Sat, 00 Nov 2026 10:00:30 GMT",
  "Sat, 28 Nov 2026 24:00:30 GMT",
  "Sat, 28 Nov 2026 10:60:30 GMT",
  "Saturday, 28-Nov-2026 10:00:30 GMT",
  "Sat Nov 28 10:00:30 2026 GMT",
  "x Sat, 28 Nov 2026 10:00:30 GMT",
  "Sat, 28 Nov 2026 10:00:30 GMT x",
])("Retry-After: what has none of the forms of RFC 9110 asks for nothing: %s", (text) => {
  expect(after({ "retry-after": text })).toBeUndefined();
});

test("Retry-After: a day of asctime has one digit after a space", () => {
  expect(after({ "retry-after": "Tue Dec  1 10:00:00 2026" })).toBe(3 * 86_400_000);
});

test("Retry-After: a date of asctime is in UTC, wherever this machine is", () => {
  const zone = process.env["TZ"];
  try {
    for (const elsewhere of ["America/New_York", "Asia/Tokyo"]) {
      process.env["TZ"] = elsewhere;
      expect(after({ "retry-after": "Sat Nov 28 10:00:30 2026" }), elsewhere).toBe(30_000);
    }
  } finally {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  }
});

test.each([
  ["76", Date.UTC(2076, 10, 28, 10) - nowMs],
  ["77", 0],
])("Retry-After: two digits of a year are at most 50 years ahead: %s", (year, expected) => {
  expect(after({ "retry-after": `Saturday, 28-Nov-${year} 10:00:00 GMT` })).toBe(expected);
});

test("Retry-After: every moment in each of the three forms is read as that moment", () => {
  const seconds = fc.integer({ min: 0, max: 40 * 365 * 86_400 });
  fc.assert(
    fc.property(seconds, (ahead) => {
      const at = new Date(nowMs + ahead * 1_000);
      const [day = "", date = "", month = "", year = "", time = ""] = at.toUTCString().split(/,? /);
      const long = new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" }).format(at);
      for (const text of [
        `${day}, ${date} ${month} ${year} ${time} GMT`,
        `${long}, ${date}-${month}-${year.slice(2)} ${time} GMT`,
        `${day} ${month} ${date.replace(/^0/, " ")} ${time} ${year}`,
      ]) {
        expect(after({ "retry-after": text }), text).toBe(ahead * 1_000);
      }
    }),
  );
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
