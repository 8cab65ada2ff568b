import type { Call } from "../../core/call.ts";

/** Moved on; or how far the checkpoint really is. */
export type Advanced = { readonly isAdvanced: true } | { readonly isAdvanced: false; readonly at: number };

/** How far followers have come with each stream: the version of the last event that is done. */
export interface Checkpoints {
  /** 0 where nothing is done yet. */
  read(follower: string, stream: string, call: Call): Promise<number>;
  /** Moves on to a version, from the one before it alone; together with items, or not at all. */
  advance(
    follower: string,
    stream: string,
    to: number,
    items: readonly object[],
    call: Call,
  ): Promise<Advanced>;
}
