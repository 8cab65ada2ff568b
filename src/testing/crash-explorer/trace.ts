import type { CrashFault } from "./fault.ts";

/** One watched operation, and its reply once there is one. */
export interface AwaitStep {
  readonly kind: "await";
  readonly delivery: number;
  readonly await: number;
  readonly operation: string;
  readonly fault: CrashFault | undefined;
  /** `done, claimed: false`, `failed: TIMEOUT`; undefined while there is none. */
  reply: string | undefined;
}

export interface DeliveredStep {
  readonly kind: "delivered";
  readonly delivery: number;
  readonly afterMs: number;
  readonly isNewProcess: boolean;
}

export interface AwokeStep {
  readonly kind: "awoke";
  readonly delivery: number;
  readonly fault: CrashFault;
  readonly overdueTimers: number;
}

/** What slept goes on: its operation is sent, or its reply arrives. */
export interface ResumedStep {
  readonly kind: "resumed";
  readonly of: AwaitStep;
  readonly sentNow: boolean;
}

/** Why a host ended a process: its time was over, it waited for nothing that can come, or one of its timers threw. */
export type HostReason = "too long" | "stuck" | "crashed";

export interface EndedStep {
  readonly kind: "ended";
  readonly delivery: number;
  /** Where its answer stands among its awaits. */
  readonly await: number;
  readonly how: "settled" | "stopped" | HostReason | { readonly failed: string };
  /** Set when the source does not hear the answer. */
  readonly fault: CrashFault | undefined;
}

/** What happened in a run, in order. */
export type TraceStep = AwaitStep | DeliveredStep | AwokeStep | ResumedStep | EndedStep;

/** What a reply says without a payload: that it came, and its members that are true or false. */
export function replyOf(value: unknown): string {
  const members = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const flags = members.filter(([, member]) => typeof member === "boolean");
  return ["done", ...flags.map(([name, flag]) => `${name}: ${flag}`)].join(", ");
}

/** An error's code or name, for its message may hold a payload. */
export function failureOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return typeof error;
  if ("code" in error && typeof error.code === "string") return error.code;
  return "name" in error && typeof error.name === "string" ? error.name : "object";
}
