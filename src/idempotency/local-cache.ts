import { checkNumber } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import type { Identity } from "./key.ts";
import type { RememberedResult, ResultCache } from "./result-cache.ts";

export interface LocalCacheOptions {
  /** Default: 1,000. */
  readonly maxEntries?: number;
  /** Of the results' texts, in bytes. Default: 4 MiB. */
  readonly maxBytes?: number;
  /**
   * How long a result is remembered here, in milliseconds, however long its record lives: a record that someone purges
   * is still replayed from here meanwhile. Default: 300,000.
   */
  readonly maxAgeMs?: number;
}

interface Entry extends RememberedResult {
  readonly payloadHash: string;
  readonly bytes: number;
  readonly setAtMs: number;
  readonly untilMs: number;
}

/**
 * Remembers completed results in this process, so that a repeat of one costs no request at all.
 *
 * Entries are known by key, tenant and payload, live no longer than their record, and the least recently used go first.
 * Results are kept as text and read anew for every repeat, so that repeats share nothing. One may serve several
 * functions of one store.
 *
 * @example
 * ```ts
 * const cache = localCache({ maxEntries: 500, maxBytes: 1_000_000 });
 * const post = idempotent(callBank, { store, operation: "post-entry", key: (entry) => entry.id, cache });
 * ```
 */
export function localCache(options: LocalCacheOptions = {}): ResultCache {
  checkOptions("localCache", options, ["maxEntries", "maxBytes", "maxAgeMs"]);
  const { maxEntries = 1_000, maxBytes = 4 * 1024 * 1024, maxAgeMs = 300_000 } = options;
  for (const [name, value] of Object.entries({ maxEntries, maxBytes, maxAgeMs })) {
    checkNumber("localCache", name, value, { min: 1 });
  }
  /** A Map lists its entries as they were set, so the first is the one that was used longest ago. */
  const entries = new Map<string, Entry>();
  let bytes = 0;

  function remove(id: string): void {
    bytes -= entries.get(id)?.bytes ?? 0;
    entries.delete(id);
  }

  return {
    get({ id, payloadHash }: Identity, nowMs) {
      const entry = entries.get(id);
      if (entry === undefined) return undefined;
      // Set before now, by a clock that has been set back since: how old it is cannot be told.
      if (entry.untilMs <= nowMs || entry.setAtMs > nowMs) {
        remove(id);
        return undefined;
      }
      // The store says what is wrong with another payload.
      if (entry.payloadHash !== payloadHash) return undefined;
      entries.delete(id);
      entries.set(id, entry);
      return entry;
    },
    set({ id, payloadHash }, result, nowMs) {
      remove(id);
      const size = Buffer.byteLength(result.text);
      if (size > maxBytes) return;
      const untilMs = Math.min(result.expiresAtMs, nowMs + maxAgeMs);
      entries.set(id, { ...result, payloadHash, bytes: size, setAtMs: nowMs, untilMs });
      bytes += size;
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries && bytes <= maxBytes) return;
        remove(oldest);
      }
    },
  };
}
