/**
 * The formats that schemas may name. Each is one pass over the string: none can be made to take long.
 *
 * No expression ignores case: that alone costs a cold start a tenth of a millisecond each.
 *
 * ajv alone knows no format, and its companion package accepts what no machine can use (an e-mail address per
 * RFC 5322, a time of 99:99 in its fast mode).
 */
export const formats: Readonly<Record<string, (text: string) => boolean>> = {
  date: isDate,
  "date-time": isDateTime,
  email: isEmail,
  uuid: isUuid,
  uri: isUri,
};

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;

/** RFC 3339, full-date: a day that exists. */
export function isDate(text: string): boolean {
  const match = DATE.exec(text);
  if (match === null) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (MONTHS[month - 1] ?? 0);
}

const TIME = /^(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[zZ]|([+-])(\d{2}):(\d{2}))$/;

/** RFC 3339, date-time: a moment that existed, with its offset; a leap second only where one can be inserted. */
export function isDateTime(text: string): boolean {
  if (text.length < 20 || !isDate(text.slice(0, 10)) || !"tT".includes(text.charAt(10))) return false;
  const match = TIME.exec(text.slice(11));
  if (match === null) return false;
  const [, hour = "", minute = "", second = "", sign = "+", offsetHour = "0", offsetMinute = "0"] = match;
  if (+hour > 23 || +minute > 59 || +offsetHour > 23 || +offsetMinute > 59) return false;
  if (+second < 60) return true;
  const offset = (sign === "-" ? -1 : 1) * (+offsetHour * 60 + +offsetMinute);
  const minuteOfDay = (+hour * 60 + +minute - offset + 2 * MINUTES_A_DAY) % MINUTES_A_DAY;
  return +second === 60 && minuteOfDay === MINUTES_A_DAY - 1;
}

const MINUTES_A_DAY = 24 * 60;

const LOCAL_PART = /^[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const LABEL = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/;

/** RFC 5321, Mailbox, as mail systems issue them: no quoted local parts, no address literals, ASCII. */
export function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  if (at < 1 || at > 64 || text.length > 254) return false;
  return (
    LOCAL_PART.test(text.slice(0, at)) &&
    text
      .slice(at + 1)
      .split(".")
      .every((label) => LABEL.test(label))
  );
}

const UUID = /^[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$/;

/** RFC 9562, any version. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** RFC 3986, appendix B, with the scheme required. Each part excludes what ends it, so this is linear. */
const URI = /^[a-zA-Z][a-zA-Z0-9+.-]*:(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;
const CHARACTERS = /^(?:[a-zA-Z0-9\-._~!$&'()*+,;=:@/?]|%[0-9a-fA-F]{2})*$/;
const AUTHORITY = /^(?:([^@]*)@)?(\[[0-9a-fA-F:.]+\]|[^:@[\]]*)(?::\d*)?$/;

/** RFC 3986, absolute, with or without a fragment: `https://example.com/a?b#c`, `urn:isbn:0451450523`. */
export function isUri(text: string): boolean {
  const match = URI.exec(text);
  if (match === null) return false;
  const [, authority, path = "", query = "", fragment = ""] = match;
  if (![path, query, fragment].every((part) => CHARACTERS.test(part))) return false;
  if (authority === undefined) return true;
  const parts = AUTHORITY.exec(authority);
  if (parts === null) return false;
  const [, user = "", host = ""] = parts;
  return CHARACTERS.test(user) && (host.startsWith("[") || CHARACTERS.test(host));
}
