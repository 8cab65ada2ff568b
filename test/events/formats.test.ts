import { describe, expect, test } from "vitest";
import { formats } from "../../src/events/formats.ts";

function table(name: string, good: readonly string[], bad: readonly string[]): void {
  describe(name, () => {
    const check = formats[name] ?? (() => undefined);
    test.each(good)("takes %j", (text) => expect(check(text)).toBe(true));
    test.each(bad)("refuses %j", (text) => expect(check(text)).toBe(false));
  });
}

table(
  "date",
  ["2026-11-23", "2024-02-29", "2000-02-29", "0000-01-01"],
  [
    "2026-02-29",
    "1900-02-29",
    "2026-13-01",
    "2026-00-10",
    "2026-04-31",
    "2026-1-1",
    "26-01-01",
    "2026-11-23\n",
    "",
    "२०२६-११-२३",
  ],
);

table(
  "date-time",
  [
    "2026-11-23T05:18:00Z",
    "2026-11-23T05:18:00.123456789Z",
    "2026-11-23t05:18:00z",
    "2026-11-23T05:18:00+05:30",
    "1998-12-31T23:59:60Z",
    "1990-12-31T15:59:60-08:00",
    "1999-01-01T05:29:60+05:30",
  ],
  [
    "2026-02-30T05:18:00Z",
    "2026-11-23T24:00:00Z",
    "2026-11-23T05:60:00Z",
    "2026-11-23T05:18:61Z",
    "1998-12-31T22:59:60Z",
    "1998-12-31T23:59:60+01:00",
    "2026-11-23T05:18:00",
    "2026-11-23T05:18Z",
    "2026-11-23 05:18:00Z",
    "2026-11-23T05:18:00.Z",
    "2026-11-23T05:18:00+24:00",
    "2026-11-23T05:18:00+0530",
    "2026-11-23",
    "2026-11-23T05:18:00Z\n",
  ],
);

table(
  "email",
  ["ada@example.com", "a.b+c@example.co.uk", "te~st@example.com", "root@localhost"],
  [
    "ada",
    "@example.com",
    "ada@",
    ".ada@example.com",
    "ada.@example.com",
    "a..b@example.com",
    "ada@-x.com",
    "ada@x_y.com",
    "a b@example.com",
    "ada@example.com\n",
    `${"a".repeat(65)}@example.com`,
  ],
);

table(
  "uuid",
  ["2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2EB8AA08-AA98-11EA-B4AA-73B441D16380"],
  [
    "2eb8aa08aa9811eab4aa73b441d16380",
    "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
    "{2eb8aa08-aa98-11ea-b4aa-73b441d16380}",
    "2eb8aa08-aa98-11ea-b4aa-73b441d1638g",
  ],
);

table(
  "uri",
  [
    "https://example.com/a%20b?c=d#e",
    "urn:isbn:0451450523",
    "mailto:ada@example.com",
    "http://[2001:db8::7]:8080/",
    "ftp://user:secret@example.com",
    "file:///etc/hosts",
  ],
  [
    "/path/only",
    "example.com",
    "//example.com/",
    "http://a b/",
    "http://[::1",
    "http://a]b/",
    "https://example.com/%zz",
    "https://example.com/<a>",
    "a,b:c",
    "1http://a",
    "https://example.com:port/",
    "https://example.com/\\a",
    "",
  ],
);

test("every format answers in linear time", () => {
  const long = 200_000;
  const inputs = [
    "a".repeat(long),
    `a@${"a.".repeat(long)}`,
    `${"a.".repeat(long)}@`,
    `x://${"@:".repeat(long)}`,
    "9".repeat(long),
    `x:${"%".repeat(long)}`,
  ];
  const startedMs = performance.now();
  for (const check of Object.values(formats)) for (const input of inputs) check(input);
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});
