import type { Call } from "holdfast";
import type { IdempotencyStore, Lease, RecordChange, WriteAnswer } from "holdfast/idempotency";

export type WriteKind = "beat" | "step" | "release" | "complete" | "fail" | "unknown";

/** What a write is, by what it changes. */
export function kindOf({ state, steps }: RecordChange): WriteKind {
  switch (state) {
    case undefined:
      return steps === undefined ? "beat" : "step";
    case "RELEASED":
      return "release";
    case "FAILED":
      return "fail";
    case "UNKNOWN":
      return "unknown";
    default:
      return "complete";
  }
}

type Write = (lease: Lease, change: RecordChange, call: Call) => Promise<WriteAnswer>;

/** A store that does some kinds of writes otherwise. */
export function withWrites<S extends IdempotencyStore>(
  store: S,
  writes: { readonly [kind in WriteKind]?: Write },
): S {
  return {
    ...store,
    write: (lease, change, call) => (writes[kindOf(change)] ?? store.write.bind(store))(lease, change, call),
  };
}
