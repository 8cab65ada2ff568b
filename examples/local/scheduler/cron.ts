import { type DaysOfMonth, daysOf } from "./cron-days.ts";
import { fields, fieldValues } from "./cron-field.ts";
import { ExpressionError } from "./expression-error.ts";

/** A cron expression of AWS's six fields, understood. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: DaysOfMonth;
  readonly months: readonly number[];
  readonly years: readonly number[];
}

/** @throws ExpressionError saying which field is wrong. */
export function parseCron(text: string): Cron {
  const parts = text.trim().split(/\s+/);
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year, ...more] = parts;
  if (
    minutes === undefined ||
    hours === undefined ||
    dayOfMonth === undefined ||
    month === undefined ||
    dayOfWeek === undefined ||
    year === undefined ||
    more.length > 0
  ) {
    throw new ExpressionError(
      `cron(${text}) has ${parts.length} fields; AWS's has six: minutes hours day-of-month month day-of-week year`,
    );
  }
  return {
    minutes: fieldValues(minutes, fields.minutes),
    hours: fieldValues(hours, fields.hours),
    days: daysOf(dayOfMonth, dayOfWeek),
    months: fieldValues(month, fields.month),
    years: fieldValues(year, fields.year),
  };
}

/**
 * The local times of an expression from a local minute on, in rising order, each written as if it were UTC
 * (epoch milliseconds). Ends after the last year of the expression.
 */
export function* localTimes(cron: Cron, fromLocalMs: number): Generator<number> {
  const from = new Date(fromLocalMs);
  const firstMonth = Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), 1);
  const firstDay = Date.UTC(from.getUTCFullYear(), from.getUTCMonth(), from.getUTCDate());
  for (const year of cron.years) {
    if (year < from.getUTCFullYear()) continue;
    for (const month of cron.months) {
      if (Date.UTC(year, month - 1, 1) < firstMonth) continue;
      for (const day of cron.days(year, month)) {
        const dayMs = Date.UTC(year, month - 1, day);
        if (dayMs < firstDay) continue;
        for (const hour of cron.hours) {
          for (const minute of cron.minutes) {
            const localMs = dayMs + (hour * 60 + minute) * 60_000;
            if (localMs >= fromLocalMs) yield localMs;
          }
        }
      }
    }
  }
}
