import { fields, fieldValue, fieldValues, wrong } from "./cron-field.ts";
import { ExpressionError } from "./expression-error.ts";

/** The days of a month, 1 to 31, on which an expression may run. */
export type DaysOfMonth = (year: number, month: number) => readonly number[];

const { dayOfMonth, dayOfWeek } = fields;

/**
 * Reads the two fields for days, of which one must be `?`.
 * Source: EventBridge Scheduler User Guide, 'Schedule types in EventBridge Scheduler', Wildcards.
 *
 * @throws ExpressionError
 */
export function daysOf(ofMonth: string, ofWeek: string): DaysOfMonth {
  if ((ofMonth === "?") === (ofWeek === "?")) {
    throw new ExpressionError(
      `day of month "${ofMonth}" and day of week "${ofWeek}" cannot stand together; exactly one of them must be ?`,
    );
  }
  return ofWeek === "?" ? byDayOfMonth(ofMonth) : byDayOfWeek(ofWeek);
}

function byDayOfMonth(text: string): DaysOfMonth {
  if (text === "L") return (year, month) => [lastDay(year, month)];
  const nearest = /^(\d+|L)W$/.exec(text)?.[1];
  if (nearest !== undefined) {
    const day = nearest === "L" ? undefined : fieldValue(nearest, dayOfMonth);
    return (year, month) => {
      const last = lastDay(year, month);
      if (day !== undefined && day > last) return [];
      return [nearestWeekday(year, month, day ?? last, last)];
    };
  }
  if (/[LW]/.test(text)) throw wrong(dayOfMonth, text, "L and W stand alone: L, or 3W");
  const days = fieldValues(text, dayOfMonth);
  return (year, month) => {
    const last = lastDay(year, month);
    return days.filter((day) => day <= last);
  };
}

function byDayOfWeek(text: string): DaysOfMonth {
  const [, nthWeekday, nth] = /^(\w+)#(\d+)$/.exec(text) ?? [];
  if (nthWeekday !== undefined && nth !== undefined) {
    const weekday = fieldValue(nthWeekday, dayOfWeek);
    if (Number(nth) < 1 || Number(nth) > 5) throw wrong(dayOfWeek, text, "after # write 1 to 5");
    return (year, month) => {
      const day = weekdays(year, month, [weekday])[Number(nth) - 1];
      return day === undefined ? [] : [day];
    };
  }
  if (text.includes("#")) throw wrong(dayOfWeek, text, "with # there is only one day: 3#2");
  // The week's last day is Saturday.
  if (text === "L") return (year, month) => weekdays(year, month, [dayOfWeek.most]);
  const lastOf = /^(\w+)L$/.exec(text)?.[1];
  if (lastOf !== undefined) {
    const weekday = fieldValue(lastOf, dayOfWeek);
    return (year, month) => weekdays(year, month, [weekday]).slice(-1);
  }
  const wanted = fieldValues(text, dayOfWeek);
  return (year, month) => weekdays(year, month, wanted);
}

function lastDay(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** 1 is Sunday. */
function weekdayOf(year: number, month: number, day: number): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 1;
}

function weekdays(year: number, month: number, wanted: readonly number[]): readonly number[] {
  const days = Array.from({ length: lastDay(year, month) }, (_, index) => index + 1);
  return days.filter((day) => wanted.includes(weekdayOf(year, month, day)));
}

/** Monday to Friday closest to a day, within its month. */
function nearestWeekday(year: number, month: number, day: number, last: number): number {
  const weekday = weekdayOf(year, month, day);
  if (weekday === 7) return day > 1 ? day - 1 : day + 2;
  if (weekday === 1) return day < last ? day + 1 : day - 2;
  return day;
}
