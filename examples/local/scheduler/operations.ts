import type { ScheduleGroups, StoredGroup } from "./groups.ts";
import { invalid, readSchedule } from "./read-schedule.ts";
import { RequestError } from "./request-error.ts";
import type { Schedules, StoredSchedule } from "./schedules.ts";

/** One request of the Scheduler's REST API. */
export interface SchedulerRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

const namePattern = /^[0-9A-Za-z_.-]{1,64}$/;

/**
 * Serves the Scheduler's API: schedules and schedule groups.
 * Source: EventBridge Scheduler API Reference, 'Actions'.
 *
 * @throws RequestError, ExpressionError (from the function it returns).
 */
export function operations(options: {
  readonly schedules: Schedules;
  readonly groups: ScheduleGroups;
  readonly arnOf: (groupName: string, name: string) => string;
}): (request: SchedulerRequest) => unknown {
  const { schedules, groups, arnOf } = options;

  function schedule({ method, query, body }: SchedulerRequest, name: string): unknown {
    const groupName = query.get("groupName") ?? "default";
    switch (method) {
      case "POST":
      case "PUT": {
        const definition = readSchedule(body, { name, arnOf });
        groups.get(definition.groupName);
        const token = typeof body["ClientToken"] === "string" ? body["ClientToken"] : undefined;
        if (method === "POST") schedules.create(definition, token);
        else schedules.update(definition);
        return { ScheduleArn: definition.arn };
      }
      case "GET":
        return describe(schedules.get(groupName, name));
      case "DELETE":
        schedules.delete(groupName, name);
        return {};
      default:
        throw notServed(method, name);
    }
  }

  function group({ method, body }: SchedulerRequest, name: string): unknown {
    switch (method) {
      case "POST":
        return {
          ScheduleGroupArn: groups.create(
            name,
            typeof body["ClientToken"] === "string" ? body["ClientToken"] : undefined,
          ).arn,
        };
      case "GET":
        return describeGroup(groups.get(name));
      case "DELETE": {
        groups.delete(name);
        for (const { definition } of schedules.list()) {
          if (definition.groupName === name) schedules.delete(name, definition.name);
        }
        return {};
      }
      default:
        throw notServed(method, name);
    }
  }

  return (request) => {
    const [, collection, name, ...more] = request.path.split("/").map(decodeURIComponent);
    if (more.length > 0 || (collection !== "schedules" && collection !== "schedule-groups")) {
      throw notServed(request.method, request.path);
    }
    if (name === undefined) {
      if (request.method !== "GET") throw notServed(request.method, request.path);
      return collection === "schedules"
        ? page(matching(schedules.list(), request.query).map(summary), request.query, "Schedules")
        : page(withPrefix(groups.list(), request.query).map(describeGroup), request.query, "ScheduleGroups");
    }
    if (!namePattern.test(name)) throw invalid("Name", "use letters, digits, - _ . , at most 64");
    return collection === "schedules" ? schedule(request, name) : group(request, name);
  };
}

function matching(all: readonly StoredSchedule[], query: URLSearchParams): readonly StoredSchedule[] {
  const group = query.get("ScheduleGroup");
  const state = query.get("State");
  const prefix = query.get("NamePrefix") ?? "";
  return all.filter(
    ({ definition }) =>
      (group === null || definition.groupName === group) &&
      (state === null || stateOf(definition.enabled) === state) &&
      definition.name.startsWith(prefix),
  );
}

function withPrefix(all: readonly StoredGroup[], query: URLSearchParams): readonly StoredGroup[] {
  return all.filter(({ name }) => name.startsWith(query.get("NamePrefix") ?? ""));
}

/** The token is the place in the list at which the next page begins. */
function page(all: readonly unknown[], query: URLSearchParams, list: string): Record<string, unknown> {
  const from = Number(query.get("NextToken") ?? 0);
  const most = Number(query.get("MaxResults") ?? 100);
  if (!Number.isInteger(from) || from < 0) throw invalid("NextToken", "it is none of this list");
  if (!Number.isInteger(most) || most < 1 || most > 100) throw invalid("MaxResults", "write 1 to 100");
  const to = from + most;
  return { [list]: all.slice(from, to), ...(to < all.length ? { NextToken: String(to) } : {}) };
}

const stateOf = (enabled: boolean): "ENABLED" | "DISABLED" => (enabled ? "ENABLED" : "DISABLED");

function summary({ definition, createdMs, modifiedMs }: StoredSchedule): unknown {
  return {
    Arn: definition.arn,
    Name: definition.name,
    GroupName: definition.groupName,
    State: stateOf(definition.enabled),
    CreationDate: createdMs / 1_000,
    LastModificationDate: modifiedMs / 1_000,
    Target: { Arn: definition.target.arn },
  };
}

/** What is undefined JSON leaves out. */
function describe({ definition, createdMs, modifiedMs }: StoredSchedule): unknown {
  const { target, startMs, endMs, flexibleWindowMinutes } = definition;
  return {
    Arn: definition.arn,
    Name: definition.name,
    GroupName: definition.groupName,
    Description: definition.description,
    ScheduleExpression: definition.expression,
    ScheduleExpressionTimezone: definition.timezone,
    StartDate: startMs === undefined ? undefined : startMs / 1_000,
    EndDate: endMs === undefined ? undefined : endMs / 1_000,
    State: stateOf(definition.enabled),
    ActionAfterCompletion: definition.deleteAfterCompletion ? "DELETE" : "NONE",
    FlexibleTimeWindow:
      flexibleWindowMinutes === undefined
        ? { Mode: "OFF" }
        : { Mode: "FLEXIBLE", MaximumWindowInMinutes: flexibleWindowMinutes },
    CreationDate: createdMs / 1_000,
    LastModificationDate: modifiedMs / 1_000,
    Target: {
      Arn: target.arn,
      RoleArn: target.roleArn,
      Input: target.input,
      RetryPolicy: {
        MaximumRetryAttempts: target.maximumRetryAttempts,
        MaximumEventAgeInSeconds: target.maximumEventAgeSeconds,
      },
      DeadLetterConfig: target.deadLetterArn === undefined ? undefined : { Arn: target.deadLetterArn },
      SqsParameters:
        target.messageGroupId === undefined ? undefined : { MessageGroupId: target.messageGroupId },
      KinesisParameters:
        target.partitionKey === undefined ? undefined : { PartitionKey: target.partitionKey },
      EventBridgeParameters:
        target.eventBridge === undefined
          ? undefined
          : { DetailType: target.eventBridge.detailType, Source: target.eventBridge.source },
    },
  };
}

function describeGroup({ name, arn, createdMs }: StoredGroup): unknown {
  const date = createdMs / 1_000;
  return { Name: name, Arn: arn, State: "ACTIVE", CreationDate: date, LastModificationDate: date };
}

function notServed(method: string, what: string): RequestError {
  return new RequestError(
    "ValidationException",
    `${method} ${what} is not served here; EventBridge Scheduler's schedules and schedule groups are, tags are not.`,
  );
}
