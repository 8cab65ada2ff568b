import { rootCall } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { withWrites } from "../support/store-writes.ts";

test("an effect outside transact whose completion the store did not take is repeated, once its lease has ended", async () => {
  const clock = manualRuntime();
  const memory = memoryStore();
  let isDown = true;
  const store = withWrites(memory, {
    complete: (lease, change, call) =>
      isDown ? Promise.reject(new Error("throttled")) : memory.write(lease, change, call),
  });
  let effects = 0;
  const charge = idempotent(async (_: { id: string }) => ++effects, {
    store,
    operation: "charge",
    key: (input) => input.id,
    leaseMs: 1_000,
  });
  const deliver = () => charge({ id: "1" }, rootCall({ runtime: clock }));

  await expect(deliver()).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE" });
  isDown = false;
  await expect(deliver()).rejects.toMatchObject({ code: "IDEMPOTENCY_IN_PROGRESS" });
  clock.jump(1_000);
  // At least once, and no more is promised: with transact, effect and completion fail or happen together.
  expect(await deliver()).toBe(2);
  expect(await deliver()).toBe(2);
});
