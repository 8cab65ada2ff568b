/** Source: Lambda Developer Guide, 'Implementing stateful Kinesis Data Streams processing in Lambda'. */
import type { InvokeResult } from "../invocation.ts";

export interface Window {
  /** Real milliseconds since the epoch; the end is not part of it. */
  readonly startMs: number;
  readonly endMs: number;
}

export type WindowState = Readonly<Record<string, unknown>>;

/** More than this ends a window early. */
export const MAX_STATE_BYTES = 1_048_576;

/** Windows follow each other without gaps, counted from the epoch. `lengthMs` is in real milliseconds. */
export function windowOf(arrivedAtMs: number, lengthMs: number): Window {
  const startMs = Math.floor(arrivedAtMs / lengthMs) * lengthMs;
  return { startMs, endMs: startMs + lengthMs };
}

/** What stands in the event beside its records. */
export function windowFields(about: {
  readonly window: Window;
  readonly state: WindowState;
  readonly shardId: string;
  readonly streamArn: string;
  readonly final: boolean;
  readonly early: boolean;
}) {
  return {
    window: { start: instant(about.window.startMs), end: instant(about.window.endMs) },
    state: about.state,
    shardId: about.shardId,
    eventSourceARN: about.streamArn,
    isFinalInvokeForWindow: about.final,
    isWindowTerminatedEarly: about.early,
  };
}

/** The state that the function hands on. Undefined when there is none, which fails the invocation. */
export function stateIn(result: InvokeResult): WindowState | undefined {
  if (result.status !== "ok") return undefined;
  try {
    const response: unknown = JSON.parse(result.payload);
    const state =
      typeof response === "object" && response !== null && "state" in response ? response.state : null;
    return typeof state === "object" && state !== null && !Array.isArray(state) ? { ...state } : undefined;
  } catch {
    return undefined;
  }
}

export function stateBytes(state: WindowState): number {
  return Buffer.byteLength(JSON.stringify(state));
}

/** Milliseconds only where there are any: they come with a speed, which makes windows short. */
function instant(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}
