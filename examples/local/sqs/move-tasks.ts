import { randomUUID } from "node:crypto";
import type { CloudClock } from "../services.ts";
import { redrive } from "./queue/arrival.ts";
import { remove, visibleCount } from "./queue/contents.ts";
import type { Dispatch } from "./queue/dispatch.ts";
import type { Queue } from "./queue/queue.ts";
import { settled } from "./queue/settled.ts";
import type { Queues } from "./queues.ts";

/** A move of a dead-letter queue's messages. */
export interface MoveTask {
  readonly id: string;
  readonly source: Queue;
  /** Undefined: each message goes back to the queue that gave it up. */
  readonly destinationArn: string | undefined;
  readonly perSecond: number | undefined;
  readonly startedAtMs: number;
  readonly toMove: number;
  status: "RUNNING" | "COMPLETED" | "CANCELLED" | "FAILED";
  moved: number;
  failure: string | undefined;
  cancelTimer: () => void;
}

export interface MoveTasks {
  start(source: Queue, how: Pick<MoveTask, "destinationArn" | "perSecond">): MoveTask;
  /** Of one source, the latest first. */
  of(source: Queue): readonly MoveTask[];
  cancel(task: MoveTask): void;
  /** Cancels what is running. */
  stop(): void;
}

/** SQS API Reference, 'ListMessageMoveTasks': the most recent ten. */
const KEPT = 10;
/** AWS finds a rate by itself when none is given: here everything at once, in pieces. */
const PIECE = 500;

/**
 * Moves messages one after the other, the oldest first; those in flight stay.
 *
 * Source: SQS Developer Guide, 'Configuring a dead-letter queue redrive'.
 */
export function makeMoveTasks(options: {
  readonly queues: Queues;
  readonly dispatch: Dispatch;
  readonly clock: CloudClock;
}): MoveTasks {
  const { queues, dispatch, clock } = options;
  const bySource = new Map<string, MoveTask[]>();

  function step(task: MoveTask): void {
    for (let left = task.perSecond === undefined ? PIECE : 1; left > 0; left--) {
      if (!moveOne(task)) return;
    }
    plan(task);
  }

  function plan(task: MoveTask): void {
    task.cancelTimer = clock.after(task.perSecond === undefined ? 0 : 1_000 / task.perSecond, () =>
      step(task),
    );
  }

  /** False when that was the end of the task. */
  function moveOne(task: MoveTask): boolean {
    const { source } = task;
    if (queues.byArn(source.arn) !== source) return fail(task, "AWS.SimpleQueueService.NonExistentQueue");
    // What would be received next: a FIFO group with a message in flight waits here, too.
    const message = settled(source, clock).ready.first()?.visible.first();
    if (message === undefined) {
      task.status = "COMPLETED";
      return false;
    }
    const arn = task.destinationArn ?? message.deadLetterSourceArn;
    if (arn === undefined) return fail(task, "CouldNotDetermineMessageSource");
    const target = queues.byArn(arn);
    if (target === undefined) return fail(task, "AWS.SimpleQueueService.NonExistentQueue");
    remove(source.contents, message);
    redrive(message, target, clock);
    task.moved += 1;
    dispatch.serve(target);
    return true;
  }

  function fail(task: MoveTask, failure: string): false {
    task.status = "FAILED";
    task.failure = failure;
    return false;
  }

  function cancel(task: MoveTask): void {
    if (task.status !== "RUNNING") return;
    task.cancelTimer();
    task.status = "CANCELLED";
  }

  return {
    start(source, { destinationArn, perSecond }) {
      const task: MoveTask = {
        id: randomUUID(),
        source,
        destinationArn,
        perSecond,
        startedAtMs: clock.now(),
        toMove: visibleCount(settled(source, clock)),
        status: "RUNNING",
        moved: 0,
        failure: undefined,
        cancelTimer: () => {},
      };
      bySource.set(source.key, [task, ...(bySource.get(source.key) ?? [])].slice(0, KEPT));
      plan(task);
      return task;
    },
    of: (source) => bySource.get(source.key) ?? [],
    cancel,
    stop() {
      for (const task of [...bySource.values()].flat()) cancel(task);
    },
  };
}
