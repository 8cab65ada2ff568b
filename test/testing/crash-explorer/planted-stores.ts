/**
 * Idempotency stores with one bug each, made of the good one by what is asked of it, so that they follow its interface.
 */
import type { IdempotencyStore } from "holdfast/idempotency";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";

const HOUR_MS = 3_600_000;

/** Takes a key over although its lease has not ended: every claim seems to come an hour later than it does. */
export function ignoringLeases(): MemoryStore {
  const good = memoryStore();
  return {
    ...good,
    claim: (request, call) => good.claim({ ...request, nowMs: request.nowMs + HOUR_MS }, call),
  };
}

/** Forgets the record when a run lets go of it, whoever holds it by then. */
export function deletingOnRelease(): MemoryStore {
  const { good, forget } = forgettable();
  return {
    ...good,
    async release({ id }) {
      forget(id);
      return { written: true };
    },
  };
}

/** Writes a run's result whoever holds the record by then: over another run's, for one. */
export function ignoringFences(): MemoryStore {
  const { good, forget } = forgettable();
  const claims = new Map<string, Parameters<IdempotencyStore["claim"]>[0]>();
  return {
    ...good,
    claim(request, call) {
      claims.set(request.owner, request);
      return good.claim(request, call);
    },
    async complete(completion, call) {
      const { id, owner } = completion.lease;
      const request = claims.get(owner);
      if (request === undefined) throw new Error("A run completes that never claimed.");
      forget(id);
      const claimed = await good.claim(request, call);
      if (!claimed.claimed) throw new Error("A forgotten record stands in the way.");
      return good.complete({ ...completion, lease: { id, owner, fence: claimed.fence } }, call);
    },
  };
}

/** A good store whose records can be deleted: their key is another one from then on. */
function forgettable() {
  const inner = memoryStore();
  const deleted = new Map<string, number>();
  const now = <T extends { readonly id: string }>(held: T): T => ({
    ...held,
    id: `${held.id}/${deleted.get(held.id) ?? 0}`,
  });
  const good: MemoryStore = {
    ...inner,
    claim: (request, call) => inner.claim(now(request), call),
    complete: (completion, call) => inner.complete({ ...completion, lease: now(completion.lease) }, call),
    release: (lease, call) => inner.release(now(lease), call),
    transact: (items, completion, call) =>
      inner.transact(items, completion && { ...completion, lease: now(completion.lease) }, call),
  };
  return { good, forget: (id: string) => deleted.set(id, (deleted.get(id) ?? 0) + 1) };
}
