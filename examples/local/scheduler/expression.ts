/**
 * When a schedule runs.
 *
 * Source: EventBridge Scheduler User Guide, 'Schedule types in EventBridge Scheduler'. A time of day that clocks
 * are put forward over is skipped, one that they show twice counts once, the first time; a rate counts hours
 * that pass, whatever clocks show.
 */
import { type Cron, localTimes, parseCron } from "./cron.ts";
import { ExpressionError } from "./expression-error.ts";
import type { TimeZone } from "./time-zone.ts";

export type Expression =
  | { readonly kind: "rate"; readonly everyMs: number; readonly unitMatches: boolean }
  | { readonly kind: "cron"; readonly cron: Cron }
  /** A local time, written as if it were UTC. */
  | { readonly kind: "at"; readonly localMs: number };

/** An expression in its time zone, between two dates. */
export interface Timetable {
  readonly expression: Expression;
  readonly zone: TimeZone;
  /** When a rate begins to count: the start date, or else the moment of creation. */
  readonly anchorMs: number;
  readonly startMs?: number | undefined;
  readonly endMs?: number | undefined;
}

const MINUTE_MS = 60_000;
const unitMs: Readonly<Record<string, number>> = {
  minute: MINUTE_MS,
  hour: 60 * MINUTE_MS,
  day: 1_440 * MINUTE_MS,
};

/** @throws ExpressionError saying what is wrong and how it is written. */
export function parseExpression(text: string): Expression {
  const [, kind, inner = ""] = /^(rate|cron|at)\(([^()]*)\)$/.exec(text.trim()) ?? [];
  switch (kind) {
    case "rate": {
      const [, value, unit = ""] = /^\s*(\d+)\s+(minutes?|hours?|days?)\s*$/.exec(inner) ?? [];
      const each = unitMs[unit.replace(/s$/, "")];
      const count = Number(value);
      if (each === undefined || !Number.isSafeInteger(count) || count < 1) {
        throw new ExpressionError(`${text} is no rate; write a whole number and a unit: rate(5 minutes)`);
      }
      return { kind, everyMs: count * each, unitMatches: unit.endsWith("s") === count > 1 };
    }
    case "cron":
      return { kind, cron: parseCron(inner) };
    case "at": {
      const localMs = Date.parse(`${inner}Z`);
      const written = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(inner);
      // Date.parse takes 31 February for a day of March.
      if (!written || Number.isNaN(localMs) || !new Date(localMs).toISOString().startsWith(inner)) {
        throw new ExpressionError(`${text} is no time; write at(2026-11-25T03:00:00)`);
      }
      return { kind, localMs };
    }
    default:
      throw new ExpressionError(`"${text}" is no schedule; write rate(…), cron(…) or at(…)`);
  }
}

/**
 * The first time of a schedule later than a moment, in epoch milliseconds. Undefined when it has run for the
 * last time. Start and end may be times of it themselves; a single time (`at`) knows neither.
 */
export function nextTime(timetable: Timetable, afterMs: number): number | undefined {
  const { expression, zone, anchorMs, startMs, endMs } = timetable;
  if (expression.kind === "at") {
    const timeMs = zone.toEpoch(expression.localMs);
    return timeMs !== undefined && timeMs > afterMs ? timeMs : undefined;
  }
  const next =
    expression.kind === "rate"
      ? nextOfRate(expression.everyMs, anchorMs, afterMs)
      : nextOfCron(expression.cron, zone, Math.max(afterMs, (startMs ?? -Infinity) - 1));
  return next === undefined || next > (endMs ?? Infinity) ? undefined : next;
}

function nextOfRate(everyMs: number, anchorMs: number, afterMs: number): number {
  return afterMs < anchorMs
    ? anchorMs
    : anchorMs + (Math.floor((afterMs - anchorMs) / everyMs) + 1) * everyMs;
}

function nextOfCron(cron: Cron, zone: TimeZone, afterMs: number): number | undefined {
  const localMs = Math.floor(zone.toLocal(afterMs) / MINUTE_MS) * MINUTE_MS;
  for (const candidate of localTimes(cron, localMs)) {
    const timeMs = zone.toEpoch(candidate);
    if (timeMs !== undefined && timeMs > afterMs) return timeMs;
  }
  return undefined;
}
