import fc from "fast-check";
import { RetryableError, rootCall } from "holdfast";
import { type BulkTarget, bulkSender, type EntryOutcome } from "holdfast/batching";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";

interface Entry {
  readonly place: number;
  readonly key: string;
  readonly bytes: number;
}

/** A target of at most 3 entries and 100 bytes; `send` says how a request ends. */
function keyedTarget(
  send: (entries: readonly Entry[]) => Promise<readonly EntryOutcome[]>,
  { maxEntries = 3 } = {},
) {
  const requests: number[][] = [];
  const target: BulkTarget<Entry> = {
    name: "keyed",
    maxEntries,
    maxBytes: 100,
    sizeOf: ({ bytes }) => bytes,
    orderKey: ({ key }) => key,
    send(entries) {
      requests.push(entries.map(({ place }) => place));
      return send(entries);
    },
  };
  return { target, requests };
}

const okAll = async (entries: readonly Entry[]): Promise<EntryOutcome[]> => entries.map(() => ({ ok: true }));
const entry = (place: number, given: Partial<Entry> = {}): Entry => ({
  place,
  key: `k-${place}`,
  bytes: 1,
  ...given,
});
const wait = (clock: ManualRuntime, ms: number): Promise<void> =>
  new Promise((resolve) => clock.setTimer(ms, resolve));

test.each([
  [
    "by count",
    { bytes: 1, maxEntries: 3 },
    [
      [0, 1, 2],
      [3, 4, 5],
    ],
  ],
  [
    "by bytes",
    { bytes: 50, maxEntries: 10 },
    [
      [0, 1],
      [2, 3],
    ],
  ],
])(
  "a request that is full %s goes at once, however slow the source is from there on",
  async (_name, { bytes, maxEntries }, sent) => {
    const clock = manualRuntime();
    const { target, requests } = keyedTarget(okAll, { maxEntries });
    async function* source(): AsyncGenerator<Entry> {
      for (let place = 0; place < 3; place += 1) yield entry(place, { bytes });
      await wait(clock, 100);
      for (let place = 3; place < 6; place += 1) yield entry(place, { bytes });
      await wait(clock, 10_000);
    }
    const stream = bulkSender(target, { lingerMs: 5_000 }).stream(source(), rootCall({ runtime: clock }));
    const first = stream.next();
    await clock.advance(0);
    expect(requests).toEqual([sent[0]]);
    await clock.advance(100);
    expect(requests).toEqual(sent);
    await first;
    await Promise.all([stream.return?.(), clock.advance(10_000)]);
  },
);

test("a stream goes on for many times the bytes that may be under way", async () => {
  const clock = manualRuntime();
  const { target } = keyedTarget(okAll);
  const entries = Array.from({ length: 200 }, (_, place) => entry(place, { bytes: 60 }));
  let told = 0;
  for await (const { result } of bulkSender(target, { concurrency: 1 }).stream(
    entries,
    rootCall({ runtime: clock }),
  ))
    told += result.ok ? 1 : 0;
  expect(told).toBe(200);
});

test("in a stream as well one entry of a key is under way at a time, in order, and each is told once, in its place", async () => {
  const plan = fc.record({
    entries: fc.array(
      fc.record({
        key: fc.constantFrom("a", "b", "c", "d"),
        bytes: fc.integer({ min: 1, max: 100 }),
        sourceMs: fc.constantFrom(0, 0, 5, 40),
        fails: fc.constantFrom(0, 0, 0, 1, 2, 9),
      }),
      { maxLength: 40 },
    ),
    requestMs: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1 }),
    concurrency: fc.integer({ min: 1, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ entries, requestMs, concurrency }) => {
      const clock = manualRuntime();
      const underWay = new Set<string>();
      const overtaking: number[] = [];
      let mostBytes = 0;
      const written: number[] = [];
      const failuresLeft: number[] = entries.map(({ fails }) => fails);
      let requests = 0;
      const { target } = keyedTarget(async (sent) => {
        for (const { place, key } of sent) {
          if (underWay.has(key)) overtaking.push(place);
          underWay.add(key);
        }
        mostBytes = Math.max(
          mostBytes,
          sent.reduce((sum, { bytes }) => sum + bytes, 0),
        );
        requests += 1;
        await wait(clock, requestMs[requests % requestMs.length] ?? 0);
        return sent.map(({ place, key }): EntryOutcome => {
          underWay.delete(key);
          if ((failuresLeft[place] ?? 0) > 0) {
            failuresLeft[place] = (failuresLeft[place] ?? 0) - 1;
            return { ok: false, error: new RetryableError("busy"), retryable: true };
          }
          written.push(place);
          return { ok: true };
        });
      });
      async function* source(): AsyncGenerator<Entry> {
        for (const [place, { key, bytes, sourceMs }] of entries.entries()) {
          if (sourceMs > 0) await wait(clock, sourceMs);
          yield { place, key, bytes };
        }
      }
      const read = async () => {
        const told: [number, boolean][] = [];
        const sender = bulkSender(target, { concurrency, maxAttempts: 3 });
        for await (const { entry: one, result } of sender.stream(source(), rootCall({ runtime: clock })))
          told.push([one.place, result.ok]);
        return told;
      };
      const told = await clock.run(read());
      expect(told.map(([place]) => place)).toEqual([...entries.keys()]);
      expect(overtaking).toEqual([]);
      expect(mostBytes).toBeLessThanOrEqual(100);
      expect(told.filter(([, ok]) => ok).map(([place]) => place)).toEqual(written.toSorted((a, b) => a - b));
      for (const key of ["a", "b", "c", "d"]) {
        const of = written.filter((place) => entries[place]?.key === key);
        expect(of).toEqual(of.toSorted((a, b) => a - b));
        // One that failed and may still be written fails all after it.
        const firstFailed = told.findIndex(([place, ok]) => !ok && entries[place]?.key === key);
        if (firstFailed !== -1) expect(of.every((place) => place < firstFailed)).toBe(true);
      }
      expect(clock.pendingTimers).toBe(0);
    }),
    { numRuns: 150 },
  );
});
