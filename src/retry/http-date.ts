const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const TIME = "(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)";
const SHORT = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day";
const MONTH = `(?<month>${MONTHS.match(/.{3}/g)?.join("|")})`;

const FORMS: readonly RegExp[] = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(`^${SHORT}, (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  // Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(`^${LONG}, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} GMT$`),
  // Sun Nov  6 08:49:37 1994
  new RegExp(`^${SHORT} ${MONTH} (?<day>\\d\\d| \\d) ${TIME} (?<year>\\d{4})$`),
];

/**
 * An HTTP date in epoch milliseconds; undefined for what has none of its three forms, all of which are in UTC.
 *
 * Not `Date.parse`: it finds a date in nearly every text with a number in it, and reads one without a zone as local time.
 * Source: RFC 9110, section 5.6.7.
 */
export function httpDateMs(text: string, nowMs: number): number | undefined {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts !== undefined) return utcMs(parts, nowMs);
  }
  return undefined;
}

function utcMs(parts: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const { year = "", month = "", day, hour, minute, second } = parts;
  const months = MONTHS.indexOf(month) / 3;
  const years = year.length === 2 ? fullYear(Number(year), new Date(nowMs).getUTCFullYear()) : Number(year);
  // A day that its month has not is no date.
  if (new Date(Date.UTC(years, months, Number(day))).getUTCDate() !== Number(day)) return undefined;
  return Date.UTC(years, months, Number(day), Number(hour), Number(minute), Number(second));
}

/** Two digits that would be more than 50 years ahead are of the past. */
function fullYear(twoDigits: number, thisYear: number): number {
  const years = thisYear - (thisYear % 100) + twoDigits;
  return years > thisYear + 50 ? years - 100 : years;
}
