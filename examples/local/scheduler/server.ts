import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { readBody, startHttpServer } from "../process/http-server.ts";
import type { CloudClock, Deliver, Observe, Running } from "../services.ts";
import type { Schedule } from "../template/stack.ts";
import { definitionOf } from "./definition.ts";
import { startDeliveries } from "./delivery.ts";
import { ExpressionError } from "./expression-error.ts";
import { scheduleGroups } from "./groups.ts";
import { operations, type SchedulerRequest } from "./operations.ts";
import { RequestError } from "./request-error.ts";
import { startSchedules } from "./schedules.ts";

export interface Scheduler extends Running {
  /** For AWS_ENDPOINT_URL_SCHEDULER. */
  readonly endpoint: string;
  /** Occurrences under way; those that lie in the future are none. */
  pending(): number;
  /** Starts the timers of the template's schedules, once there is something to deliver to. */
  begin(): void;
  /**
   * Runs one occurrence of a schedule now, also of a disabled one: a nightly job needs no night. Resolves once it
   * has arrived, or has ended in a dead-letter queue.
   *
   * @param schedule its name, its logical id, or `<group>/<name>`; a rule with a schedule by its own.
   * @param scheduledTime what `<aws.scheduler.scheduled-time>` says; now by default.
   * @throws Error when there is no such schedule.
   */
  fire(schedule: string, scheduledTime?: Date): Promise<void>;
}

const MAX_BODY_BYTES = 1_048_576;

const statuses = {
  ValidationException: 400,
  ResourceNotFoundException: 404,
  ConflictException: 409,
} as const;

/**
 * EventBridge Scheduler: the template's schedules, those of its rules, and its API on a free loopback port for
 * any AWS client. Each schedule is checked at once; its timer begins with `begin`.
 *
 * @throws Error naming the place of a schedule that is wrong.
 */
export async function startScheduler(options: {
  readonly schedules: readonly Schedule[];
  /** Names of the template's schedule groups. */
  readonly groups: readonly string[];
  readonly deliver: Deliver;
  readonly clock: CloudClock;
  readonly observe: Observe;
  /** A number from 0 up to 1: jitter of retries, and the place within a flexible window. */
  readonly random: () => number;
  readonly region: string;
  readonly accountId: string;
}): Promise<Scheduler> {
  const { clock, observe, region, accountId } = options;
  const arnOf = (resource: string): string => `arn:aws:scheduler:${region}:${accountId}:${resource}`;
  const deliveries = startDeliveries(options);
  const schedules = startSchedules({ deliveries, clock, observe, random: options.random });
  const groups = scheduleGroups({ clock, arnOf: (name) => arnOf(`schedule-group/${name}`) });
  for (const name of options.groups) groups.create(name);
  const declared = options.schedules.map((schedule) => ({ schedule, definition: definitionOf(schedule) }));
  const serve = operations({
    schedules,
    groups,
    arnOf: (groupName, name) => arnOf(`schedule/${groupName}/${name}`),
  });
  let begun = false;
  const server = await startHttpServer((request, response) => void answer(serve, request, response));

  return {
    endpoint: `http://127.0.0.1:${server.port}`,
    pending: () => deliveries.pending(),
    begin() {
      begun = true;
      for (const { definition } of declared) schedules.create(definition);
    },
    async fire(name, scheduledTime = new Date(clock.now())) {
      // Once they have begun, the template's schedules are what the API has made of them.
      const template = declared.flatMap(({ schedule, definition }) => {
        const now = begun ? schedules.find(definition.arn)?.definition : definition;
        return now === undefined ? [] : [{ definition: now, logicalId: schedule.logicalId }];
      });
      const known = [
        ...schedules.list().map(({ definition }) => ({ definition, logicalId: undefined })),
        ...template,
      ];
      const found = known.find(
        ({ definition, logicalId }) =>
          name === logicalId ||
          name === definition.name ||
          name === `${definition.groupName}/${definition.name}`,
      );
      if (found === undefined) {
        const names = known.map(({ definition, logicalId }) => logicalId ?? definition.name);
        throw new Error(
          `there is no schedule ${name}; there are ${[...new Set(names)].join(", ") || "none"}`,
        );
      }
      await schedules.runNow(found.definition, scheduledTime.getTime());
    },
    async stop() {
      await schedules.stop();
      await deliveries.stop();
      await server.stop();
    },
  };
}

async function answer(
  serve: (request: SchedulerRequest) => unknown,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, body: unknown, error?: string): void => {
    response
      .writeHead(status, {
        "content-type": "application/json",
        "x-amzn-requestid": randomUUID(),
        ...(error === undefined ? {} : { "x-amzn-errortype": error }),
      })
      .end(JSON.stringify(body));
  };
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === "too-large") throw new RequestError("ValidationException", "The request is too large.");
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const { method = "GET" } = request;
    send(200, serve({ method, path: pathname, query: searchParams, body: parseBody(body) }));
  } catch (error) {
    if (error instanceof RequestError || error instanceof ExpressionError) {
      send(statuses[error.code], { Message: error.message }, error.code);
    } else {
      const message = error instanceof Error ? error.message : String(error);
      send(500, { Message: message }, "InternalServerException");
    }
  }
}

function parseBody(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body === "" ? "{}" : body);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Told below, with what is no object.
  }
  throw new RequestError("ValidationException", "The body is no JSON object.");
}
