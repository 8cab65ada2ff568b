import type { Identity } from "./key.ts";

/** What a completed run came to, as its repeats need it. */
export interface RememberedResult {
  readonly text: string;
  readonly fence: number;
  readonly atMs: number;
  readonly expiresAtMs: number;
}

/** Completed results that this process remembers. Synchronous: it is there to ask nobody. */
export interface ResultCache {
  /** What is remembered for this very key, tenant and payload, unless its record has expired. */
  get(of: Identity, nowMs: number): RememberedResult | undefined;
  set(of: Identity, result: RememberedResult, nowMs: number): void;
}
