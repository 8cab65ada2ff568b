import { RetryableError, rootCall } from "holdfast";
import { type BulkTarget, bulkSender, type EntryOutcome } from "holdfast/batching";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";

const busy: EntryOutcome = { ok: false, error: new RetryableError("busy"), retryable: true };
const afterMs = (ms: number) => ({ delayMs: () => ms });

function target(send: BulkTarget<string>["send"]): BulkTarget<string> {
  return {
    name: "texts",
    maxEntries: 2,
    maxBytes: 100,
    sizeOf: (entry) => entry.length,
    orderKey: (entry) => entry.slice(0, 1),
    send,
  };
}

test.each([
  [999, 999, 2],
  [1_000, 0, 1],
])(
  "a repeat after %i ms of 1,000 is answered for at %i ms, after %i requests: one that would be too late is not waited for",
  async (delayMs, answeredMs, sent) => {
    const clock = manualRuntime();
    const beganMs = clock.now();
    let requests = 0;
    const sender = bulkSender(
      target(async () => {
        requests += 1;
        return [busy];
      }),
      { backoff: afterMs(delayMs) },
    );
    const results = await clock.run(sender.send(["a"], rootCall({ runtime: clock, timeoutMs: 1_000 })));
    expect(results).toEqual([busy]);
    expect([clock.now() - beganMs, requests]).toEqual([answeredMs, sent]);
    expect(clock.pendingTimers).toBe(0);
  },
);

test("what comes after an entry that was taken does not wait for the repeat of another in its request", async () => {
  const clock = manualRuntime();
  const sent: [atMs: number, entries: readonly string[]][] = [];
  const beganMs = clock.now();
  const sender = bulkSender(
    target(async (entries) => {
      sent.push([clock.now() - beganMs, entries]);
      return entries.map(
        (entry): EntryOutcome => (entry === "b1" && sent.length === 1 ? busy : { ok: true }),
      );
    }),
    { backoff: afterMs(5_000), concurrency: 2 },
  );
  await clock.run(sender.send(["a1", "b1", "a2"], rootCall({ runtime: clock })));
  expect(sent).toEqual([
    [0, ["a1", "b1"]],
    [0, ["a2"]],
    [5_000, ["b1"]],
  ]);
});
