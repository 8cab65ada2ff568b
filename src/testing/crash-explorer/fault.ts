export const CRASH_KINDS = [
  "stop-before",
  "stop-after",
  "lose-request",
  "lose-reply",
  "sleep-before",
  "sleep-after",
] as const;

/**
 * What goes wrong at an await:
 *
 * - `stop-before`: the process ends before the operation is sent; nothing of it ever happens afterwards;
 * - `stop-after`: the operation is done, and the process ends before it sees the reply;
 * - `lose-request`: nothing is done, and the caller sees a lost connection;
 * - `lose-reply`: the operation is done, and the caller sees a lost connection;
 * - `sleep-before`: the process freezes, the event is delivered again, then the operation is sent, late;
 * - `sleep-after`: the operation is done, the process freezes, the event is delivered again, then the reply arrives.
 */
export type CrashKind = (typeof CRASH_KINDS)[number];

/** One thing that goes wrong, and where: plain data, to be printed and given again. */
export interface CrashFault {
  /** Which delivery of the event, from 1. */
  readonly delivery: number;
  /** Which of its awaits, from 1. */
  readonly await: number;
  /** What is awaited there: `store.claim`, or `answer` for the delivery's own answer to its source. */
  readonly operation: string;
  readonly do: CrashKind;
  /** How long the process sleeps, in milliseconds. */
  readonly asleepMs?: number;
  /** The timers that have become overdue fire before the reply arrives, instead of after it. */
  readonly wakes?: "timers-first";
  /** While it sleeps the event does not come again: the run that fell asleep before it awakes, and goes on to its end. */
  readonly meanwhile?: "older";
}

/** Everything that goes wrong in one run, in the order in which it happens. */
export type CrashSchedule = readonly CrashFault[];

/** The last await of each delivery that settled: its source may not hear the answer, and then delivers again. */
export const ANSWER = "answer";

/** The faults of a schedule that have not happened yet. */
export interface FaultsToCome {
  /** The next fault, if this is its place; it has happened then. */
  take(delivery: number, at: number, operation: string): CrashFault | undefined;
  readonly left: number;
}

export function faultsOf(schedule: CrashSchedule): FaultsToCome {
  let next = 0;
  return {
    take(delivery, at, operation) {
      const fault = schedule[next];
      const isHere = fault?.delivery === delivery && fault.await === at && fault.operation === operation;
      if (!isHere) return undefined;
      next += 1;
      return fault;
    },
    get left() {
      return schedule.length - next;
    },
  };
}
