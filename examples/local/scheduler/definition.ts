import type { Schedule } from "../template/stack.ts";
import { nextTime, parseExpression, type Timetable } from "./expression.ts";
import { timeZone } from "./time-zone.ts";

/** A schedule as CreateSchedule and the template write it; times in epoch milliseconds. */
export interface ScheduleDefinition {
  readonly name: string;
  readonly groupName: string;
  readonly arn: string;
  readonly description?: string;
  readonly expression: string;
  readonly timezone: string;
  readonly startMs?: number;
  readonly endMs?: number;
  readonly enabled: boolean;
  readonly flexibleWindowMinutes?: number;
  readonly deleteAfterCompletion: boolean;
  readonly target: Schedule["target"];
}

/** A rule's schedule is none of the Scheduler's: its API does not show it. */
export function isOfRule({ arn }: Pick<ScheduleDefinition, "arn">): boolean {
  return arn.split(":")[2] === "events";
}

/** @throws ExpressionError for an expression, a time zone or a date of the template that is none. */
export function definitionOf(schedule: Schedule): ScheduleDefinition {
  const { name, groupName, arn, expression, timezone, enabled, flexibleWindowMinutes, target } = schedule;
  const { startDate, endDate } = schedule;
  return {
    name,
    groupName,
    arn,
    expression,
    timezone,
    enabled,
    target,
    deleteAfterCompletion: false,
    ...(startDate === undefined ? {} : { startMs: Date.parse(startDate) }),
    ...(endDate === undefined ? {} : { endMs: Date.parse(endDate) }),
    ...(flexibleWindowMinutes === undefined ? {} : { flexibleWindowMinutes }),
  };
}

/**
 * When a schedule runs that is created at a moment. A Scheduler's rate begins at its start date, or at once; a
 * rule's one interval after its creation (EventBridge User Guide, 'Setting a schedule pattern for scheduled
 * rules').
 *
 * @throws ExpressionError for an expression or a time zone that is none.
 */
export function timetableOf(definition: ScheduleDefinition, createdMs: number): Timetable {
  const expression = parseExpression(definition.expression);
  const { startMs, endMs } = definition;
  const delayMs = isOfRule(definition) && expression.kind === "rate" ? expression.everyMs : 0;
  return {
    expression,
    zone: timeZone(definition.timezone),
    anchorMs: startMs ?? createdMs + delayMs,
    startMs,
    endMs,
  };
}

/** The first time of a schedule that is created at a moment, which may be that moment itself. */
export function firstTime(timetable: Timetable, createdMs: number): number | undefined {
  return nextTime(timetable, createdMs - 1);
}
