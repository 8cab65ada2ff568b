import { refusal } from "../core/call.ts";
import type { ObjectStore } from "./object-store.ts";

/** An object store that a test can look at. */
export interface MemoryObjectStore extends ObjectStore {
  /** What is kept. A test may change or delete it. */
  readonly objects: Map<string, Uint8Array>;
}

/**
 * Keeps objects in this process, for tests.
 *
 * @example
 * ```ts
 * const objects = memoryObjectStore();
 * await objects.put("reports/1", new TextEncoder().encode("…"), rootCall());
 * console.log(objects.objects.size); // 1
 * ```
 */
export function memoryObjectStore(): MemoryObjectStore {
  const objects = new Map<string, Uint8Array>();
  return {
    objects,
    async put(key, bytes, call) {
      const refused = refusal(call);
      if (refused !== undefined) throw refused;
      if (!objects.has(key)) objects.set(key, Uint8Array.from(bytes));
    },
    async get(key, call) {
      const refused = refusal(call);
      if (refused !== undefined) throw refused;
      const bytes = objects.get(key);
      return bytes && Uint8Array.from(bytes);
    },
  };
}
