import { rootCall } from "holdfast";
import { idempotent, type RecordChange } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { seededRandom } from "holdfast/testing";
import { expect, test } from "vitest";
import { withWrites } from "../support/store-writes.ts";

/** What the record keeps of a result, and what a repeat is given. */
async function keptOf(result: unknown) {
  const memory = memoryStore();
  let kept: RecordChange | undefined;
  const store = withWrites(memory, {
    complete(lease, change, call) {
      kept = change;
      return memory.write(lease, change, call);
    },
  });
  let runs = 0;
  const run = idempotent(
    async (_: string) => {
      runs += 1;
      return result;
    },
    { store, operation: "op", key: (id) => id },
  );
  await run("1", rootCall());
  const again = await run("1", rootCall()).catch((error: { readonly code: string }) => error.code);
  return { kept: kept?.result, state: kept?.state, again, runs };
}

test("up to 8 KB a result is kept as the JSON it is", async () => {
  const { kept, again } = await keptOf("x".repeat(8_190));
  expect(kept).toHaveLength(8_192);
  expect(again).toHaveLength(8_190);
});

test("beyond 8 KB it is gzipped, and comes back the same", async () => {
  const rows = Array.from({ length: 5_000 }, (_, id) => ({ id, at: new Date(id), name: `customer ${id}` }));
  const { kept, again, runs } = await keptOf(rows);
  expect(kept?.startsWith("gz:")).toBe(true);
  expect(kept?.length).toBeLessThan(JSON.stringify(rows).length / 4);
  expect(again).toEqual(rows);
  expect(runs).toBe(1);
});

test("bytes are counted, not characters", async () => {
  const { kept } = await keptOf("漢".repeat(3_000));
  expect(kept?.startsWith("gz:")).toBe(true);
});

test("what gzip makes no shorter is kept as it is", async () => {
  const random = seededRandom(1);
  const noise = Array.from({ length: 9_000 }, () => String.fromCharCode(32 + Math.floor(random() * 94)));
  const { kept, again } = await keptOf(noise.join("").replaceAll(/["\\]/g, "x"));
  expect(kept?.startsWith("gz:")).toBe(false);
  expect(again).toHaveLength(9_000);
});

test("a text of the caller's that looks like a kept form is one", async () => {
  for (const text of ["gz:AAAA", "enc:1.x", "obj:1:x", "zz:"]) expect((await keptOf(text)).again).toBe(text);
});

test("a megabyte that compresses is kept, and one that does not leaves a tombstone, not a second effect", async () => {
  const { again } = await keptOf("x".repeat(1_000_000));
  expect(again).toHaveLength(1_000_000);
  const random = seededRandom(2);
  const noise = Array.from({ length: 600_000 }, () => Math.floor(random() * 36).toString(36)).join("");
  expect(await keptOf(noise)).toMatchObject({
    state: "COMPLETED_NO_RESULT",
    again: "IDEMPOTENCY_RESULT_NOT_STORED",
    runs: 1,
  });
});
