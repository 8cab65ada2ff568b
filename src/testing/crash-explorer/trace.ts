import type { CrashFault } from "./fault.ts";

/** One watched operation, and its reply once there is one. */
export interface AwaitStep {
  readonly kind: "await";
  readonly delivery: number;
  readonly await: number;
  readonly operation: string;
  readonly fault: CrashFault | undefined;
  reply: Reply;
}

/** `undefined`: none yet. A failure is known by its code or name: its message may hold a payload. */
export type Reply = "ok" | { readonly failed: string } | undefined;

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

/** An error's code or name. */
export function failureOf(error: unknown): { readonly failed: string } {
  if (typeof error !== "object" || error === null) return { failed: typeof error };
  if ("code" in error && typeof error.code === "string") return { failed: error.code };
  return { failed: "name" in error && typeof error.name === "string" ? error.name : "object" };
}
