import type { CrashFault } from "./fault.ts";
import type { AwaitStep, AwokeStep, DeliveredStep, EndedStep, ResumedStep, TraceStep } from "./trace.ts";

const NO_REPLY = "no reply";

/** A run as a list that people read. */
export function rendered(trace: readonly TraceStep[]): string {
  return trace.flatMap(lineOf).join("\n");
}

function lineOf(step: TraceStep): string[] {
  switch (step.kind) {
    case "delivered":
      return [headingOf(step)];
    case "await":
      return [`  ${step.await}. ${step.operation}: ${awaitOf(step)}`];
    case "awoke":
      return [awokeOf(step)];
    case "resumed":
      return [resumedOf(step)];
    case "ended":
      return endOf(step);
  }
}

function awokeOf({ delivery, overdueTimers, fault }: AwokeStep): string {
  if (overdueTimers === 0) return `delivery ${delivery} awakes:`;
  const order = fault.wakes === "timers-first" ? "fire first" : "fire after that";
  return `delivery ${delivery} awakes; overdue timers ${order}: ${overdueTimers}`;
}

function headingOf({ delivery, afterMs, isNewProcess }: DeliveredStep): string {
  if (delivery === 1) return "delivery 1:";
  return `delivery ${delivery}, ${inWords(afterMs)} later, in ${isNewProcess ? "a new" : "the same"} process:`;
}

function awaitOf({ fault, reply = NO_REPLY }: AwaitStep): string {
  switch (fault?.do) {
    case undefined:
      return reply;
    case "stop-before":
      return "not sent; the process stops here";
    case "stop-after":
      return `${reply}; the process stops before the reply`;
    case "lose-request":
      return "not done; the caller sees a lost connection";
    case "lose-reply":
      return `${reply}; the caller sees a lost connection`;
    case "sleep-before":
      return `not sent yet; the process ${sleeps(fault)}`;
    case "sleep-after":
      return `${reply}; the process ${sleeps(fault)} before the reply`;
  }
}

function resumedOf({ of, sentNow }: ResumedStep): string {
  const what = sentNow ? `sent now: ${of.reply ?? NO_REPLY}` : "the reply arrives";
  return `  ${of.await}. ${of.operation}: ${what}`;
}

function endOf({ how, fault }: EndedStep): string[] {
  switch (how) {
    case "stopped":
      return [];
    case "settled":
      return [
        fault === undefined ? "  settles" : "  settles; its source does not hear so, and delivers again",
      ];
    case "too long":
      return ["  does not answer; its host ends the process"];
    case "stuck":
      return [
        "  waits for nothing that is watched, nor for a timer of its runtime; its host ends the process",
      ];
    case "crashed":
      return ["  throws in a timer; its host ends the process"];
    default:
      return [`  rejects: ${how.failed}`];
  }
}

function sleeps({ asleepMs = 0 }: CrashFault): string {
  return asleepMs === 0 ? "sleeps for a moment" : `sleeps for ${inWords(asleepMs)}`;
}

function inWords(ms: number): string {
  return `${String(ms).replace(/\B(?=(\d{3})+$)/g, ",")} ms`;
}
