import { rootCall } from "holdfast";
import { type IdempotencyStore, idempotent, type RecordChange } from "holdfast/idempotency";
import { recordId } from "holdfast/idempotency/admin";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";

export const HOUR_MS = 3_600_000;
export const LEASE_MS = 10_000;

/** One key of one operation, its store and its clock. */
export interface World {
  readonly clock: ManualRuntime;
  readonly store: MemoryStore;
  readonly id: string;
  /** How often the function was run. */
  readonly runs: () => number;
  /** Delivers the event; resolves with the result, or `error <code>`. */
  deliver(work?: () => unknown, more?: Partial<Parameters<typeof idempotent>[1]>): Promise<unknown>;
  /** Claims the key for a run that says no more. */
  abandon(): Promise<void>;
  /** Leaves the record in this state, whoever had it. */
  put(change: Omit<RecordChange, "state"> & { readonly state?: string }): Promise<void>;
}

export function world(over: (store: MemoryStore) => IdempotencyStore = (store) => store): World {
  const clock = manualRuntime();
  const store = memoryStore();
  const id = recordId({ operation: "post", key: "k" });
  let runs = 0;
  return {
    clock,
    store,
    id,
    runs: () => runs,
    async deliver(work = () => "done", more = {}) {
      const post = idempotent(
        async () => {
          runs += 1;
          return work();
        },
        {
          store: over(store),
          operation: "post",
          key: () => "k",
          leaseMs: LEASE_MS,
          rememberMs: HOUR_MS,
          ...more,
        },
      );
      const answer = clock.run(post({}, rootCall({ runtime: clock })));
      return answer.catch(
        (error: { readonly code?: string; readonly message: string }) =>
          `error ${error.code ?? error.message}`,
      );
    },
    async abandon() {
      const nowMs = clock.now();
      const times = { nowMs, leaseUntilMs: nowMs + LEASE_MS, expiresAtMs: nowMs + HOUR_MS };
      const request = { id, owner: "dead", payloadHash: "-", version: 1, takesAbandoned: true, ...times };
      await store.claim(request, rootCall({ runtime: clock }));
    },
    async put(change) {
      const call = rootCall({ runtime: clock });
      const seen = await store.read(id, call);
      if (seen === undefined) throw new Error("there is no record");
      await store.settle({ id, ...seen }, { owner: "someone", ...(change as RecordChange) }, call);
    },
  };
}
