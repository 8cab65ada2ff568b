import { ANSWER, type CrashFault, type CrashKind, type CrashSchedule } from "./fault.ts";
import type { AwaitStep, EndedStep, TraceStep } from "./trace.ts";

/** What may go wrong at each await. */
export interface FaultChoice {
  readonly kinds: readonly CrashKind[];
  readonly asleepMs: readonly number[];
}

/**
 * The schedule with one fault more, at each await that its run reached after its last fault, in the order of the run.
 * As no fault is put before another, no schedule comes twice.
 */
export function withOneFaultMore(
  schedule: CrashSchedule,
  trace: readonly TraceStep[],
  choice: FaultChoice,
): CrashSchedule[] {
  const last = schedule.at(-1);
  const from = last === undefined ? 0 : 1 + trace.findIndex((step) => hasFault(step) && step.fault === last);
  /** How many runs sleep at this step. */
  let asleep = 0;
  return trace.flatMap((step, index) => {
    if (step.kind === "awoke") asleep -= 1;
    if (step.kind === "await" && sleeps(step.fault)) asleep += 1;
    const faults = index < from ? [] : faultsAt(step, choice);
    return faults.flatMap((fault): CrashSchedule[] => {
      const alone = [...schedule, fault];
      return asleep > 0 && sleeps(fault) ? [alone, [...schedule, { ...fault, meanwhile: "older" }]] : [alone];
    });
  });
}

function sleeps(fault: CrashFault | undefined): boolean {
  return fault?.do === "sleep-before" || fault?.do === "sleep-after";
}

function hasFault(step: TraceStep): step is AwaitStep | EndedStep {
  return step.kind === "await" || step.kind === "ended";
}

function faultsAt(step: TraceStep, { kinds, asleepMs }: FaultChoice): CrashFault[] {
  if (!hasFault(step) || step.fault !== undefined) return [];
  const { delivery, await: at } = step;
  if (step.kind === "ended") {
    const isHeard = step.how === "settled" && kinds.includes("lose-reply");
    return isHeard ? [{ delivery, await: at, operation: ANSWER, do: "lose-reply" }] : [];
  }
  const { operation } = step;
  return kinds.flatMap((kind) => {
    const fault: CrashFault = { delivery, await: at, operation, do: kind };
    return sleeps(fault) ? asleepMs.map((ms) => ({ ...fault, asleepMs: ms })) : [fault];
  });
}

/** When timers became overdue in the schedule's last sleep: the same, with these first on awaking. */
export function withTimersFirst(
  schedule: CrashSchedule,
  trace: readonly TraceStep[],
): CrashSchedule | undefined {
  const last = schedule.at(-1);
  if (last === undefined || last.wakes !== undefined) return undefined;
  const late = trace.some((step) => step.kind === "awoke" && step.fault === last && step.overdueTimers > 0);
  return late ? [...schedule.slice(0, -1), { ...last, wakes: "timers-first" }] : undefined;
}
