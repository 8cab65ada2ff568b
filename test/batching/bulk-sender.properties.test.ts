import fc from "fast-check";
import { rootCall } from "holdfast";
import { type BulkTarget, bulkSender, type EntryOutcome } from "holdfast/batching";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";

interface Entry {
  readonly id: number;
  readonly size: number;
  readonly key: string | undefined;
  readonly fate: "ok" | "busy once" | "busy for ever" | "refused" | "poison" | "hang";
}

const entries = fc
  .array(
    fc.record({
      size: fc.integer({ min: 1, max: 12 }),
      key: fc.constantFrom(undefined, undefined, "k", "l"),
      fate: fc.constantFrom<Entry["fate"]>(
        "ok",
        "ok",
        "ok",
        "busy once",
        "busy for ever",
        "refused",
        "poison",
        "hang",
      ),
    }),
    { maxLength: 40 },
  )
  .map((list) => list.map((one, id): Entry => ({ ...one, id })));

const limits = fc.record({
  maxEntries: fc.integer({ min: 1, max: 5 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  maxAttempts: fc.integer({ min: 1, max: 4 }),
  timeoutMs: fc.integer({ min: 0, max: 2_000 }),
});
const MAX_BYTES = 20;
const MAX_ENTRY_BYTES = 10;

test("one true result for each entry in input order, within the target's limits, by the deadline", async () => {
  await fc.assert(
    fc.asyncProperty(entries, limits, async (all, { maxEntries, concurrency, maxAttempts, timeoutMs }) => {
      const clock = manualRuntime();
      const written: number[] = [];
      const sends = new Map<number, number>();
      const busyKeys = new Set<string>();
      // What a target throws is an answer to the sender, so what it sees is judged afterwards.
      const broken: string[] = [];
      let underWay = 0;

      const target: BulkTarget<Entry> = {
        name: "target",
        maxEntries,
        maxBytes: MAX_BYTES,
        maxEntryBytes: MAX_ENTRY_BYTES,
        sizeOf: (entry) => entry.size,
        orderKey: (entry) => entry.key,
        async send(batch) {
          underWay += 1;
          const keys = batch.flatMap((one) => one.key ?? []);
          if (underWay > concurrency) broken.push("concurrency");
          if (batch.length > maxEntries) broken.push("maxEntries");
          if (batch.reduce((sum, one) => sum + one.size, 0) > MAX_BYTES) broken.push("maxBytes");
          if (new Set(keys).size < keys.length) broken.push("one key twice in a request");
          if (keys.some((key) => busyKeys.has(key))) broken.push("one key in two requests");
          for (const key of keys) busyKeys.add(key);
          for (const { id } of batch) sends.set(id, (sends.get(id) ?? 0) + 1);
          if (batch.some((one) => one.fate === "hang")) return new Promise(() => {});
          await new Promise<void>((resolve) => clock.setTimer(20, resolve));
          underWay -= 1;
          for (const key of keys) busyKeys.delete(key);
          if (batch.some((one) => one.fate === "poison"))
            throw Object.assign(new Error("no"), { retryable: false });
          return batch.map(({ id, fate }): EntryOutcome => {
            const again = fate === "busy for ever" || (fate === "busy once" && sends.get(id) === 1);
            if (again) return { ok: false, error: "busy", retryable: true };
            if (fate === "refused") return { ok: false, error: "refused", retryable: false };
            written.push(id);
            return { ok: true, id: String(id) };
          });
        },
      };

      const beganMs = clock.now();
      const call = rootCall({ runtime: clock, timeoutMs });
      const results = await clock.run(bulkSender(target, { concurrency, maxAttempts }).send(all, call));
      expect(clock.now() - beganMs).toBeLessThanOrEqual(timeoutMs);
      expect(broken).toEqual([]);
      expect(results).toHaveLength(all.length);
      results.forEach((result, id) => {
        if (result.ok) {
          expect(result.id).toBe(String(id));
          expect(written).toContain(id);
        }
        expect(sends.get(id) ?? 0).toBeLessThanOrEqual(maxAttempts);
      });
      expect(new Set(written).size).toBe(written.length);
      for (const key of ["k", "l"]) {
        const inKey = written.filter((id) => all[id]?.key === key);
        expect(inKey).toEqual(inKey.toSorted((a, b) => a - b));
      }
    }),
    { numRuns: 300 },
  );
});
