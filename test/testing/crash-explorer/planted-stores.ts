/** Idempotency stores with one bug each, made of the good one by what is asked of it. */
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { withWrites } from "../../support/store-writes.ts";

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
  const good = memoryStore();
  return withWrites(good, {
    async release({ id }, _change, call) {
      const found = await good.read(id, call);
      return found === undefined ? { written: true } : good.settle({ id, ...found }, undefined, call);
    },
  });
}

/** Writes a run's result whoever holds the record by then: over another run's, for one. */
export function ignoringFences(): MemoryStore {
  const good = memoryStore();
  return withWrites(good, {
    async complete({ id, owner }, change, call) {
      const found = await good.read(id, call);
      return found === undefined
        ? { written: false, found }
        : good.settle({ id, ...found }, { ...change, owner }, call);
    },
  });
}
