import type { FaultDecisions } from "../faults/decide.ts";
import type { Reaper } from "../process/reaper.ts";
import type { CloudClock, Deliver, Observe, Running } from "../services.ts";
import type { StackLists } from "../template/resources/parts.ts";
import type { LambdaFunction, Stack } from "../template/stack.ts";

/** What every part of a cloud stands on. */
export interface Ground {
  readonly region: string;
  readonly accountId: string;
  readonly clock: CloudClock;
  readonly observe: Observe;
  readonly deliver: Deliver;
  /** Says who takes what an ARN names; see `delivery.ts`. */
  serve(service: string, take: Deliver): void;
  /** Has a part stopped with the cloud. */
  track<T extends Running>(running: T): T;
  readonly reaper: Reaper;
  readonly seed: number;
  /** Nothing goes wrong on purpose when there are none. */
  readonly faults?: FaultDecisions;
}

/** The lists of all stacks together: services know of no stacks. */
export type AllStacks = Pick<
  StackLists,
  | "tables"
  | "queues"
  | "buses"
  | "rules"
  | "functions"
  | "queueMappings"
  | "buckets"
  | "topics"
  | "subscriptions"
  | "keys"
  | "dataStreams"
  | "streamMappings"
  | "schedules"
  | "scheduleGroups"
  | "stateMachines"
>;

export function allStacks(stacks: readonly Stack[]): AllStacks {
  return {
    tables: stacks.flatMap(({ tables }) => tables),
    queues: stacks.flatMap(({ queues }) => queues),
    buses: stacks.flatMap(({ buses }) => buses),
    rules: stacks.flatMap(({ rules }) => rules),
    functions: stacks.flatMap(({ functions }) => functions),
    queueMappings: stacks.flatMap(({ queueMappings }) => queueMappings),
    buckets: stacks.flatMap(({ buckets }) => buckets),
    topics: stacks.flatMap(({ topics }) => topics),
    subscriptions: stacks.flatMap(({ subscriptions }) => subscriptions),
    keys: stacks.flatMap(({ keys }) => keys),
    dataStreams: stacks.flatMap(({ dataStreams }) => dataStreams),
    streamMappings: stacks.flatMap(({ streamMappings }) => streamMappings),
    schedules: stacks.flatMap(({ schedules }) => schedules),
    scheduleGroups: stacks.flatMap(({ scheduleGroups }) => scheduleGroups),
    stateMachines: stacks.flatMap(({ stateMachines }) => stateMachines),
  };
}

export function withEnvironment(
  fn: LambdaFunction,
  more: Readonly<Record<string, string>> = {},
): LambdaFunction {
  return { ...fn, environment: { ...fn.environment, ...more } };
}
