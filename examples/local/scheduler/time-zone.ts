import { ExpressionError } from "./expression-error.ts";

/** A time zone of the IANA database. Local times are written as if they were UTC, in epoch milliseconds. */
export interface TimeZone {
  readonly name: string;
  toLocal(epochMs: number): number;
  /** The first moment at which clocks there show a local time; undefined when they are put forward over it. */
  toEpoch(localMs: number): number | undefined;
}

const DAY_MS = 86_400_000;

/** @throws ExpressionError for a name that is in no IANA database. */
export function timeZone(name: string): TimeZone {
  if (name === "UTC") return { name, toLocal: (ms) => ms, toEpoch: (ms) => ms };
  const format = formatOf(name);
  const offset = (epochMs: number): number => {
    const fields = Object.fromEntries(format.formatToParts(epochMs).map(({ type, value }) => [type, value]));
    const of = (type: string): number => Number(fields[type]);
    const localMs = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
    return localMs - Math.floor(epochMs / 1_000) * 1_000;
  };
  return {
    name,
    toLocal: (epochMs) => epochMs + offset(epochMs),
    toEpoch(localMs) {
      // No zone changes its clocks twice within two days: one of the offsets around is the right one.
      const offsets = new Set([offset(localMs - DAY_MS), offset(localMs + DAY_MS)]);
      const candidates = [...offsets].map((each) => localMs - each);
      const shown = candidates.filter((epochMs) => epochMs + offset(epochMs) === localMs);
      return shown.length === 0 ? undefined : Math.min(...shown);
    },
  };
}

function formatOf(name: string): Intl.DateTimeFormat {
  // An offset is a time zone to Intl, and none to AWS.
  if (/^[+-]/.test(name)) throw unknownZone(name);
  try {
    return new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch {
    throw unknownZone(name);
  }
}

function unknownZone(name: string): ExpressionError {
  return new ExpressionError(`${name} is no time zone; write one of the IANA database: Europe/Berlin`);
}
