/** Source: Lambda Developer Guide, 'Implementing stateful Kinesis Data Streams processing in Lambda'. */
import type { InvokeResult } from "../invocation.ts";
import type { Verdict } from "./checkpoint.ts";

export interface Window {
  /** Real milliseconds since the epoch; the end is not part of it. */
  readonly startMs: number;
  readonly endMs: number;
}

export type WindowState = Readonly<Record<string, unknown>>;

/** The window that a shard's work is in, with what the function has handed on. */
export interface OpenWindow {
  readonly window: Window;
  readonly state: WindowState;
}

/** More than this ends a window early. */
export const MAX_STATE_BYTES = 1_048_576;

/** Windows follow each other without gaps, counted from the epoch. `lengthMs` is in real milliseconds. */
export function windowOf(arrivedAtMs: number, lengthMs: number): Window {
  const startMs = Math.floor(arrivedAtMs / lengthMs) * lengthMs;
  return { startMs, endMs: startMs + lengthMs };
}

/** Those at the beginning that may stand in one batch: a window at a time, and no later one while one is open. */
export function inOneWindow<R extends { readonly arrivedAtMs: number }>(
  records: readonly R[],
  open: OpenWindow | undefined,
  lengthMs: number,
): readonly R[] {
  const [first] = records;
  if (first === undefined) return [];
  const { endMs } = open?.window ?? windowOf(first.arrivedAtMs, lengthMs);
  const later = records.findIndex(({ arrivedAtMs }) => arrivedAtMs >= endMs);
  return later === -1 ? records : records.slice(0, later);
}

/** A window is over when a record of a later one waits, or its time is over and all of it was read, or its shard's end. */
export function isOver(
  { window }: OpenWindow,
  next: { readonly arrivedAtMs: number } | undefined,
  read: { readonly atMs: number; readonly ended: boolean },
): boolean {
  return next === undefined ? read.ended || read.atMs >= window.endMs : next.arrivedAtMs >= window.endMs;
}

/**
 * What an invocation makes of the window. An answer without a state has failed; a state is kept with the records that
 * it counts.
 */
export function afterAnswer(
  open: OpenWindow,
  result: InvokeResult,
  verdict: Verdict,
): { readonly open: OpenWindow; readonly verdict: Verdict } {
  if (result.status !== "ok") return { open, verdict };
  const state = stateIn(result.payload);
  if (state === undefined) {
    return { open, verdict: { next: "again", from: 0, ran: true, problem: "the response has no state" } };
  }
  const kept = verdict.next === "done" || verdict.from > 0;
  return { open: kept ? { ...open, state } : open, verdict };
}

/** What stands in the event beside its records. */
export function windowFields(
  { window, state }: OpenWindow,
  about: {
    readonly shardId: string;
    readonly streamArn: string;
    readonly final: boolean;
    readonly early: boolean;
  },
) {
  return {
    window: { start: instant(window.startMs), end: instant(window.endMs) },
    state,
    shardId: about.shardId,
    eventSourceARN: about.streamArn,
    isFinalInvokeForWindow: about.final,
    isWindowTerminatedEarly: about.early,
  };
}

export function stateBytes(state: WindowState): number {
  return Buffer.byteLength(JSON.stringify(state));
}

function stateIn(payload: string): WindowState | undefined {
  try {
    const response: unknown = JSON.parse(payload);
    const state =
      typeof response === "object" && response !== null && "state" in response ? response.state : null;
    return typeof state === "object" && state !== null && !Array.isArray(state) ? { ...state } : undefined;
  } catch {
    return undefined;
  }
}

/** Milliseconds only where there are any: they come with a speed, which makes windows short. */
function instant(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}
