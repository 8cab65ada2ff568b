import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  nextTime,
  parseExpression,
  type Timetable,
} from "../../../../examples/local/scheduler/expression.ts";
import { timeZone } from "../../../../examples/local/scheduler/time-zone.ts";

const at = (iso: string): number => Date.parse(iso);
const iso = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString().replace(".000Z", "Z");

function timetable(text: string, over: Partial<Timetable> & { zoneName?: string } = {}): Timetable {
  const { zoneName = "UTC", ...rest } = over;
  return { expression: parseExpression(text), zone: timeZone(zoneName), anchorMs: 0, ...rest };
}

/** The next times after a moment. */
function times(of: Timetable, after: string, count: number): (string | undefined)[] {
  const found: (string | undefined)[] = [];
  let last: number | undefined = at(after);
  for (let index = 0; index < count && last !== undefined; index += 1) {
    last = nextTime(of, last);
    found.push(iso(last));
  }
  return found;
}

describe("cron expressions, as AWS's documentation reads them", () => {
  it.each([
    ["0 10 * * ? *", "at 10:00 every day", ["2026-01-01T10:00:00Z", "2026-01-02T10:00:00Z"]],
    ["15 12 * * ? *", "at 12:15 every day", ["2026-01-01T12:15:00Z", "2026-01-02T12:15:00Z"]],
    [
      "0 18 ? * MON-FRI *",
      "at 18:00 on weekdays",
      ["2026-01-01T18:00:00Z", "2026-01-02T18:00:00Z", "2026-01-05T18:00:00Z"],
    ],
    ["0 8 1 * ? *", "at 8:00 on the first of each month", ["2026-01-01T08:00:00Z", "2026-02-01T08:00:00Z"]],
    [
      "0/10 * ? * MON-FRI *",
      "every ten minutes on weekdays",
      ["2026-01-01T00:10:00Z", "2026-01-01T00:20:00Z"],
    ],
    [
      "0/5 8-17 ? * MON-FRI *",
      "every five minutes from 8:00 to 17:55 on weekdays",
      ["2026-01-01T08:00:00Z", "2026-01-01T08:05:00Z"],
    ],
    [
      "0 9 ? * 2#1 *",
      "at 9:00 on the first Monday of each month",
      ["2026-01-05T09:00:00Z", "2026-02-02T09:00:00Z"],
    ],
    [
      "15 10 ? * 6L 2022-2026",
      "at 10:15 on the last Friday of each month",
      ["2026-01-30T10:15:00Z", "2026-02-27T10:15:00Z"],
    ],
    ["0 0 L * ? *", "on the last day of each month", ["2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"]],
    ["0 0 3W * ? *", "on the weekday closest to the third", ["2026-01-02T00:00:00Z", "2026-02-03T00:00:00Z"]],
    [
      "0 0 1W * ? *",
      "within the month, when the first is a Saturday",
      ["2026-02-02T00:00:00Z", "2026-03-02T00:00:00Z"],
    ],
    [
      "0 0 ? * 3#5 *",
      "in months that have a fifth Tuesday only",
      ["2026-03-31T00:00:00Z", "2026-06-30T00:00:00Z"],
    ],
    ["0 0 29 FEB ? *", "in leap years only", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]],
    [
      "0,30 23 ? DEC SAT,SUN *",
      "with lists and names",
      ["2026-12-05T23:00:00Z", "2026-12-05T23:30:00Z", "2026-12-06T23:00:00Z"],
    ],
    [
      "0 0 1 1/3 ? 2026/2",
      "with steps of months and years",
      ["2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z", "2028-01-01T00:00:00Z"],
    ],
  ])("cron(%s) runs %s", (cron, _meaning, expected) => {
    const first = expected[0] === "2026-01-01T00:00:00Z" ? "2025-12-31T23:59:59Z" : "2026-01-01T00:00:00Z";
    expect(times(timetable(`cron(${cron})`), first, expected.length)).toEqual(expected);
  });

  it("end with their last year, and never run on a day that no month has", () => {
    expect(times(timetable("cron(0 0 1 1 ? 2026)"), "2025-06-01T00:00:00Z", 2)).toEqual([
      "2026-01-01T00:00:00Z",
      undefined,
    ]);
    expect(nextTime(timetable("cron(0 0 30 2 ? *)"), at("2026-01-01T00:00:00Z"))).toBeUndefined();
  });

  it.each([
    ["cron(0 10 * * *)", "has 5 fields"],
    ["cron(0 10 * * * *)", "exactly one of them must be ?"],
    ["cron(0 10 ? * ? *)", "exactly one of them must be ?"],
    ["cron(60 10 * * ? *)", "no minutes"],
    ["cron(0 24 * * ? *)", "no hours"],
    ["cron(0 0 0 * ? *)", "no day of month"],
    ["cron(0 0 ? * 0 *)", "no day of week"],
    ["cron(0 0 ? * 3#1,6#3 *)", "only one day"],
    ["cron(0 0 ? * 3#6 *)", "after # write 1 to 5"],
    ["cron(0 0 1 13 ? *)", "no month"],
    ["cron(0 0 1 * ? 1969)", "no year"],
    ["cron(0 22-2 * * ? *)", "a range rises"],
    ["cron(*/0 * * * ? *)", "a step is"],
    ["cron(0 0 L,3 * ? *)", "stand alone"],
    ["rate(0 minutes)", "no rate"],
    ["rate(5 weeks)", "no rate"],
    ["at(2026-02-31T00:00:00)", "no time"],
    ["at(2026-02-01 00:00:00)", "no time"],
    ["every day", "no schedule"],
  ])("%s is refused: %s", (text, why) => {
    expect(() => parseExpression(text)).toThrow(why);
  });
});

describe("a rate", () => {
  it("begins at its anchor and counts from there", () => {
    const every = timetable("rate(6 hours)", { anchorMs: at("2026-01-01T01:30:00Z") });
    expect(times(every, "2025-12-31T00:00:00Z", 3)).toEqual([
      "2026-01-01T01:30:00Z",
      "2026-01-01T07:30:00Z",
      "2026-01-01T13:30:00Z",
    ]);
  });

  it("takes a day for 24 hours also when clocks change", () => {
    const daily = timetable("rate(1 day)", {
      anchorMs: at("2026-03-07T12:00:00Z"),
      zoneName: "America/New_York",
    });
    expect(times(daily, "2026-03-07T12:00:00Z", 2)).toEqual(["2026-03-08T12:00:00Z", "2026-03-09T12:00:00Z"]);
  });
});

describe("time zones", () => {
  it("keep the local time of day through both changes", () => {
    const nine = timetable("cron(0 9 ? 3,11 SUN *)", { zoneName: "America/New_York" });
    expect(times(nine, "2026-03-01T20:00:00Z", 2)).toEqual(["2026-03-08T13:00:00Z", "2026-03-15T13:00:00Z"]);
    expect(times(nine, "2026-10-31T00:00:00Z", 1)).toEqual(["2026-11-01T14:00:00Z"]);
  });

  it("skip a time that clocks are put forward over", () => {
    const gap = timetable("cron(30 2 * * ? *)", { zoneName: "America/New_York" });
    expect(times(gap, "2026-03-07T00:00:00Z", 2)).toEqual(["2026-03-07T07:30:00Z", "2026-03-09T06:30:00Z"]);
    const once = timetable("at(2026-03-08T02:30:00)", { zoneName: "America/New_York" });
    expect(nextTime(once, at("2026-03-01T00:00:00Z"))).toBeUndefined();
  });

  it("run once what clocks show twice", () => {
    const twice = timetable("cron(30 1 * * ? *)", { zoneName: "America/New_York" });
    expect(times(twice, "2026-11-01T00:00:00Z", 2)).toEqual(["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]);
    const quarters = timetable("cron(0/15 * * * ? *)", { zoneName: "America/New_York" });
    expect(times(quarters, "2026-11-01T05:45:00Z", 1)).toEqual(["2026-11-01T07:00:00Z"]);
  });

  it("that are in no IANA database are refused", () => {
    for (const name of ["Mars/Olympus", "+02:00", ""]) expect(() => timeZone(name)).toThrow("no time zone");
  });
});

describe("start and end dates", () => {
  it("are themselves times of the schedule, and nothing runs outside them", () => {
    const bounded = timetable("cron(0 0 * * ? *)", {
      startMs: at("2026-01-02T00:00:00Z"),
      endMs: at("2026-01-04T00:00:00Z"),
    });
    expect(times(bounded, "2025-12-01T00:00:00Z", 9)).toEqual([
      "2026-01-02T00:00:00Z",
      "2026-01-03T00:00:00Z",
      "2026-01-04T00:00:00Z",
      undefined,
    ]);
  });

  it("do not concern a single time", () => {
    const once = timetable("at(2026-01-05T00:00:00)", { endMs: at("2026-01-01T00:00:00Z") });
    expect(times(once, "2025-12-01T00:00:00Z", 2)).toEqual(["2026-01-05T00:00:00Z", undefined]);
  });
});

/** A field with the test of one value, written independently of the parser. */
const field = (least: number, most: number) =>
  fc.oneof(
    fc.constant({ text: "*", has: (_value: number) => true }),
    fc.uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: 3 }).map((values) => ({
      text: values.join(","),
      has: (value: number) => values.includes(value),
    })),
    fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: 1, max: 9 })).map(([from, step]) => ({
      text: `${from}/${step}`,
      has: (value: number) => value >= from && (value - from) % step === 0,
    })),
    fc.tuple(fc.integer({ min: least, max: most }), fc.integer({ min: least, max: most })).map(([a, b]) => ({
      text: `${Math.min(a, b)}-${Math.max(a, b)}`,
      has: (value: number) => value >= Math.min(a, b) && value <= Math.max(a, b),
    })),
  );

describe("the next time of any cron expression", () => {
  it("matches its fields, and no matching minute before it is left out", () => {
    const cases = fc.record({
      minute: field(0, 59),
      hour: field(0, 23),
      weekday: field(1, 7),
      month: field(1, 12),
      zoneName: fc.constantFrom(
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
      ),
      after: fc.integer({ min: at("2026-01-01T00:00:00Z"), max: at("2027-12-31T00:00:00Z") }),
    });
    fc.assert(
      fc.property(cases, ({ minute, hour, weekday, month, zoneName, after }) => {
        const text = `cron(${minute.text} ${hour.text} ? ${month.text} ${weekday.text} *)`;
        const zone = timeZone(zoneName);
        const matches = (epochMs: number): boolean => {
          const localMs = zone.toLocal(epochMs);
          const local = new Date(localMs);
          return (
            minute.has(local.getUTCMinutes()) &&
            hour.has(local.getUTCHours()) &&
            weekday.has(local.getUTCDay() + 1) &&
            month.has(local.getUTCMonth() + 1) &&
            // What clocks show a second time does not count.
            zone.toEpoch(localMs) === epochMs
          );
        };
        const next = nextTime(timetable(text, { zoneName }), after);
        if (next === undefined) throw new Error(`${text} never runs`);
        expect(next).toBeGreaterThan(after);
        expect(matches(next)).toBe(true);
        // Looking at every minute of a long wait would take too long: five hours at both of its ends.
        const minuteMs = 60_000;
        const first = Math.floor(after / minuteMs) * minuteMs + minuteMs;
        for (let ms = first; ms < Math.min(next, first + 300 * minuteMs); ms += minuteMs) {
          expect(matches(ms)).toBe(false);
        }
        for (let ms = Math.max(first, next - 300 * minuteMs); ms < next; ms += minuteMs) {
          expect(matches(ms)).toBe(false);
        }
      }),
      { numRuns: 100 },
    );
  });
});
