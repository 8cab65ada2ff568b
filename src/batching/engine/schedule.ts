import { at } from "../at.ts";
import { type Lanes, lanesOf } from "./lanes.ts";
import { lowestFirst } from "./lowest-first.ts";
import type { ReceivedBatch } from "./received-batch.ts";

/** Which record may start next. */
export interface Schedule {
  /** A record that may start now, each once; undefined when none may. */
  next(): number | undefined;
  /**
   * A record that succeeded lets the next of its lane start: one at most, so whoever has settled a record takes the
   * next, and who found none need not look again. After a failure the rest of the lane never starts.
   */
  settled(index: number, ok: boolean): void;
}

/** How a batch's source wants its records to follow each other. */
export function scheduleOf<Rec>({ source, records }: ReceivedBatch<Rec>): Schedule {
  const [first] = records;
  const laneOf = first === undefined ? undefined : source.laneOf?.(first);
  if (laneOf === undefined) return unordered(records.length);
  const lanes = lanesOf(records.length, (index) => laneOf(at(records, index)));
  return source.stopsAt === "shard" ? inShard(lanes) : inLanes(lanes);
}

function unordered(count: number): Schedule {
  let cursor = 0;
  return {
    next: () => (cursor < count ? cursor++ : undefined),
    settled() {},
  };
}

/** Starts lanes in input order; what a success releases goes to the end of the line, so that no lane waits for all others. */
function inLanes(lanes: Lanes): Schedule {
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

/** The lowest that may start comes first: what lies behind the checkpoint in the end has been run for nothing. */
function inShard(lanes: Lanes): Schedule {
  const ready = lowestFirst(lanes.heads);
  let lowestFailure = Number.POSITIVE_INFINITY;
  return {
    next() {
      const index = ready.first();
      return index === undefined || index > lowestFailure ? undefined : ready.take();
    },
    settled(index, ok) {
      if (!ok) lowestFailure = Math.min(lowestFailure, index);
      const follower = ok ? lanes.after(index) : undefined;
      if (follower !== undefined) ready.add(follower);
    },
  };
}
