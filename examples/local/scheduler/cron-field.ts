import { ExpressionError } from "./expression-error.ts";

/** One of cron's fields: its name, its range, and the names that may stand for numbers. */
export interface CronField {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** `["SUN", …]`: the first stands for `least`. */
  readonly names?: readonly string[];
}

export const fields = {
  minutes: { name: "minutes", least: 0, most: 59 },
  hours: { name: "hours", least: 0, most: 23 },
  dayOfMonth: { name: "day of month", least: 1, most: 31 },
  month: {
    name: "month",
    least: 1,
    most: 12,
    names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  },
  dayOfWeek: {
    name: "day of week",
    least: 1,
    most: 7,
    names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
  },
  year: { name: "year", least: 1970, most: 2199 },
} as const satisfies Readonly<Record<string, CronField>>;

/**
 * The values that a field names, in rising order: `*`, `5`, `MON-FRI`, `0/15`, and lists of them.
 *
 * @throws ExpressionError naming the field and what is wrong in it.
 */
export function fieldValues(text: string, field: CronField): readonly number[] {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const [range = "", step, ...more] = part.split("/");
    const every = step === undefined ? 1 : Number(step);
    if (more.length > 0 || !Number.isInteger(every) || every < 1 || step === "") {
      throw wrong(field, part, "a step is one whole number of 1 or more: 0/15");
    }
    const [from, to] = bounds(range, field, step !== undefined, part);
    for (let value = from; value <= to; value += every) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

/** One value, by number or name. */
export function fieldValue(text: string, field: CronField): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? field.least + named : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= field.least && value <= field.most) return value;
  const names = field.names === undefined ? "" : `, or ${field.names[0]} to ${field.names.at(-1)}`;
  throw wrong(field, text, `write ${field.least} to ${field.most}${names}`);
}

/** A value with a step goes on to the field's end. */
function bounds(range: string, field: CronField, stepped: boolean, part: string): readonly [number, number] {
  if (range === "*") return [field.least, field.most];
  const [from = "", to, ...more] = range.split("-");
  if (more.length > 0) throw wrong(field, part, "a range has two ends: 9-17");
  const first = fieldValue(from, field);
  if (to === undefined) return [first, stepped ? field.most : first];
  const last = fieldValue(to, field);
  if (last < first) {
    throw wrong(field, part, "a range rises; write one that goes over the end as two, with a comma");
  }
  return [first, last];
}

export function wrong(field: CronField, part: string, hint: string): ExpressionError {
  return new ExpressionError(`"${part}" is no ${field.name} of a cron expression; ${hint}`);
}
