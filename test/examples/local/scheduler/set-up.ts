import { SchedulerClient } from "@aws-sdk/client-scheduler";
import { afterEach } from "vitest";
import { localCredentials } from "../../../../examples/local/credentials.ts";
import type { Scheduler } from "../../../../examples/local/scheduler/server.ts";
import { startScheduler } from "../../../../examples/local/scheduler/server.ts";
import type { CloudFact } from "../../../../examples/local/services.ts";
import type { Schedule } from "../../../../examples/local/template/stack.ts";
import { type ManualClock, manualClock } from "../eventbridge/manual-clock.ts";

export const region = "us-east-1";
export const accountId = "000000000000";
export const roleArn = `arn:aws:iam::${accountId}:role/scheduler`;
export const queueArn = `arn:aws:sqs:${region}:${accountId}:jobs`;
export const deadLetterArn = `arn:aws:sqs:${region}:${accountId}:dead`;

export interface Sent {
  readonly arn: string;
  readonly payload: string;
  readonly attributes: Readonly<Record<string, string>> | undefined;
  readonly atMs: number;
}

export interface Harness {
  readonly scheduler: Scheduler;
  readonly client: SchedulerClient;
  readonly clock: ManualClock;
  readonly sent: Sent[];
  readonly facts: CloudFact[];
  stop(): Promise<void>;
}

/** A schedule as the template loader describes it. */
export function scheduleNamed(name: string, over: Partial<Schedule> = {}): Schedule {
  return {
    logicalId: `${name}Resource`,
    name,
    arn: `arn:aws:scheduler:${region}:${accountId}:schedule/default/${name}`,
    place: { file: "template.yaml", line: 1, path: `Resources.${name}` },
    groupName: "default",
    expression: "rate(1 hour)",
    timezone: "UTC",
    enabled: true,
    target: { arn: queueArn, roleArn, maximumRetryAttempts: 185, maximumEventAgeSeconds: 86_400 },
    ...over,
  };
}

const running: Harness[] = [];
afterEach(async () => {
  for (const harness of running.splice(0)) await harness.stop();
});

/**
 * The Scheduler on a clock that stands still until it is moved, from 2026-11-22T18:43:48.250Z; stopped when the test
 * ends.
 */
export async function start(
  options: {
    readonly schedules?: readonly Schedule[];
    readonly speed?: number;
    readonly fail?: (sent: Sent) => Error | undefined;
  } = {},
): Promise<Harness> {
  const clock = manualClock(options.speed);
  const sent: Sent[] = [];
  const facts: CloudFact[] = [];
  const scheduler = await startScheduler({
    schedules: options.schedules ?? [],
    groups: [],
    deliver: async (arn, payload, attributes) => {
      const one = { arn, payload, attributes, atMs: clock.now() };
      const failure = options.fail?.(one);
      sent.push(one);
      if (failure !== undefined) throw failure;
    },
    clock,
    observe: (fact) => void facts.push(fact),
    random: () => 0.5,
    region,
    accountId,
  });
  const client = new SchedulerClient({
    endpoint: scheduler.endpoint,
    region,
    credentials: localCredentials,
    maxAttempts: 1,
  });
  const harness: Harness = {
    scheduler,
    client,
    clock,
    sent,
    facts,
    async stop() {
      client.destroy();
      await scheduler.stop();
    },
  };
  running.push(harness);
  return harness;
}
