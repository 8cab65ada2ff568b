import type { Lanes } from "./lanes.ts";

/** Which record may start next. */
export interface Schedule {
  /** A record that may start now, each once; undefined when none may. */
  next(): number | undefined;
  /** A record that succeeded lets the next of its lane start; after a failure the rest of the lane never does. */
  settled(index: number, ok: boolean): void;
}

/** Starts lanes in input order; what a success releases goes to the end of the line. */
export function scheduleOf(lanes: Lanes): Schedule {
  const ready = [...lanes.heads];
  let cursor = 0;
  return {
    next() {
      const index = ready[cursor];
      if (index !== undefined) cursor += 1;
      return index;
    },
    settled(index, ok) {
      const follower = ok ? lanes.after(index) : undefined;
      if (follower !== undefined) ready.push(follower);
    },
  };
}
