import { randomBytes, randomUUID } from "node:crypto";
import type { CloudClock, Observe, Running } from "../services.ts";
import { isOfRule, type ScheduleDefinition } from "./definition.ts";
import type { Deliveries } from "./delivery.ts";
import { isoSeconds } from "./occurrence.ts";
import { RequestError } from "./request-error.ts";
import { type ScheduleTimer, startTimer } from "./timers.ts";

/** A schedule that exists. */
export interface StoredSchedule {
  readonly definition: ScheduleDefinition;
  readonly createdMs: number;
  readonly modifiedMs: number;
  /** Of the request that made it: the same request again is no conflict. */
  readonly clientToken?: string | undefined;
}

/** All schedules, with a timer on each that is enabled. Names are unique within a group. */
export interface Schedules extends Running {
  /** @throws RequestError ConflictException, ExpressionError. */
  create(definition: ScheduleDefinition, clientToken?: string): void;
  /** @throws RequestError ResourceNotFoundException, ExpressionError. */
  update(definition: ScheduleDefinition): void;
  /** @throws RequestError ResourceNotFoundException. */
  delete(groupName: string, name: string): void;
  /** @throws RequestError ResourceNotFoundException. */
  get(groupName: string, name: string): StoredSchedule;
  /** By its ARN, also a rule's. */
  find(arn: string): StoredSchedule | undefined;
  /** Those of the Scheduler, by group and name; a rule's schedule is none. */
  list(): readonly StoredSchedule[];
  /** Runs one occurrence now, whatever the schedule's state. Resolves once it has arrived or been given up. */
  runNow(definition: ScheduleDefinition, scheduledMs: number): Promise<void>;
}

export function startSchedules(options: {
  readonly deliveries: Deliveries;
  readonly clock: CloudClock;
  readonly observe: Observe;
  readonly random: () => number;
}): Schedules {
  const { deliveries, clock, observe, random } = options;
  const stored = new Map<string, StoredSchedule>();
  const timers = new Map<string, ScheduleTimer>();

  function runNow(definition: ScheduleDefinition, scheduledMs: number): Promise<void> {
    observe({
      type: "schedule-fired",
      scheduleName: definition.name,
      scheduledTime: isoSeconds(scheduledMs),
    });
    const executionId = randomBytes(8).toString("hex");
    return deliveries.send({ definition, scheduledMs, executionId, eventId: randomUUID() });
  }

  function arm(definition: ScheduleDefinition): void {
    const { arn } = definition;
    const timer = startTimer(definition, {
      clock,
      random,
      run: (scheduledMs) => void runNow(definition, scheduledMs),
      completed: () => {
        if (definition.deleteAfterCompletion) remove(arn);
      },
    });
    timers.get(arn)?.cancel();
    timers.delete(arn);
    // A disabled schedule's expression has been read all the same.
    if (definition.enabled) timers.set(arn, timer);
    else timer.cancel();
  }

  function remove(arn: string): void {
    timers.get(arn)?.cancel();
    timers.delete(arn);
    stored.delete(arn);
  }

  function get(groupName: string, name: string): StoredSchedule {
    const found = [...stored.values()].find(
      ({ definition }) =>
        !isOfRule(definition) && definition.groupName === groupName && definition.name === name,
    );
    if (found === undefined) {
      throw new RequestError("ResourceNotFoundException", `Schedule ${name} does not exist.`);
    }
    return found;
  }

  return {
    create(definition, clientToken) {
      const { arn, name } = definition;
      const before = stored.get(arn);
      if (before !== undefined) {
        if (clientToken !== undefined && before.clientToken === clientToken) return;
        throw new RequestError("ConflictException", `Schedule ${name} already exists.`);
      }
      arm(definition);
      const nowMs = clock.now();
      stored.set(arn, { definition, createdMs: nowMs, modifiedMs: nowMs, clientToken });
    },
    update(definition) {
      const before = get(definition.groupName, definition.name);
      arm(definition);
      stored.set(definition.arn, { ...before, definition, modifiedMs: clock.now() });
    },
    delete: (groupName, name) => remove(get(groupName, name).definition.arn),
    get,
    find: (arn) => stored.get(arn),
    list: () =>
      [...stored.values()]
        .filter(({ definition }) => !isOfRule(definition))
        .sort((a, b) => (a.definition.arn < b.definition.arn ? -1 : 1)),
    runNow,
    async stop() {
      for (const timer of timers.values()) timer.cancel();
      timers.clear();
    },
  };
}
