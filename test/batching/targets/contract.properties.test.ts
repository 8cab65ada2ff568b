import fc from "fast-check";
import { type Call, observed, rootCall, wrap } from "holdfast";
import { type BulkResult, type BulkTarget, bulkSender } from "holdfast/batching";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { type Fate, type Simulated, services, throttled } from "./simulated.ts";

interface Entry {
  readonly size: "small" | "third" | "large" | "too large";
  readonly key: string;
  readonly isRefused: boolean;
}

interface Trouble {
  readonly what: "none" | "throttled" | "half busy" | "lost" | "short" | "shuffled" | "hangs";
  readonly takesMs: number;
}

interface Plan {
  readonly entries: readonly Entry[];
  /** What happens to the first requests; those after them are fine. */
  readonly troubles: readonly Trouble[];
  readonly concurrency: number;
  readonly maxAttempts: number;
  readonly timeoutMs: number;
  readonly asStream: "no" | "array" | "slow source";
  /** After how many results the reader of a stream leaves. */
  readonly leavesAfter: number;
}

const plans: fc.Arbitrary<Plan> = fc.record({
  entries: fc.array(
    fc.record({
      size: fc.oneof(
        { weight: 30, arbitrary: fc.constant("small" as const) },
        { weight: 1, arbitrary: fc.constantFrom("third" as const, "large" as const, "too large" as const) },
      ),
      key: fc.constantFrom("a", "b", "c", "d", "e", "f"),
      isRefused: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
    }),
    { maxLength: 60 },
  ),
  troubles: fc.array(
    fc.record({
      what: fc.constantFrom("none", "throttled", "half busy", "lost", "short", "shuffled", "hangs"),
      takesMs: fc.integer({ min: 0, max: 50 }),
    }),
    { maxLength: 12 },
  ),
  concurrency: fc.integer({ min: 1, max: 4 }),
  maxAttempts: fc.integer({ min: 1, max: 4 }),
  timeoutMs: fc.oneof(fc.integer({ min: 0, max: 500 }), fc.constant(600_000)),
  asStream: fc.constantFrom("no", "array", "slow source"),
  leavesAfter: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 20 })),
});

/** What the service has seen, entry by entry. */
interface Seen {
  readonly taken: number[];
  readonly broken: string[];
  readonly sent: Set<number>;
  mostUnderWay: number;
}

/** The target, behind it a service that does as planned and remembers. */
function watched(
  service: Simulated,
  plan: Plan,
  clock: ManualRuntime,
): { target: BulkTarget<unknown>; seen: Seen } {
  const seen: Seen = { taken: [], broken: [], sent: new Set(), mostUnderWay: 0 };
  const acknowledged = new Set<number>();
  const order = watchOrder(service, plan, seen.broken);
  let requests = 0;
  let underWay = 0;
  const target = service.target(async (ids) => {
    const { what, takesMs } = plan.troubles[requests] ?? { what: "none", takesMs: 5 };
    requests += 1;
    order.sent(ids);
    for (const id of ids) {
      seen.sent.add(id);
      if (acknowledged.has(id)) seen.broken.push(`${id} was sent after it had succeeded`);
    }
    if (what === "hangs") return new Promise(() => {});
    await new Promise<void>((resolve) => clock.setTimer(takesMs, resolve));
    if (what === "throttled" || (what === "half busy" && !service.failsInPart)) throw throttled();
    const fates = ids.map((id, place): Fate => {
      if (plan.entries[id]?.isRefused && service.failsInPart && service.name !== "DynamoDB") return "refused";
      return what === "half busy" && place % 2 === 0 ? "busy" : "taken";
    });
    ids.forEach((id, place) => {
      if (fates[place] === "taken") seen.taken.push(id);
    });
    if (what === "lost") return { fates, astray: "lost" };
    const isShort = what === "short" && service.failsInPart && service.name !== "DynamoDB";
    // An answer that names its entries and lacks the last one says what became of the others.
    const answered = isShort ? (service.namesEntries ? ids.slice(0, -1) : []) : ids;
    answered.forEach((id, place) => {
      if (fates[place] === "taken") acknowledged.add(id);
      if (fates[place] !== "busy") order.done(id);
    });
    if (isShort) return { fates, astray: "short" };
    return { fates, astray: what === "shuffled" && service.namesEntries ? "shuffled" : undefined };
  }, seen.broken);
  async function send(entries: readonly unknown[], call: Call) {
    underWay += 1;
    seen.mostUnderWay = Math.max(seen.mostUnderWay, underWay);
    try {
      return await target.send(entries, call);
    } finally {
      underWay -= 1;
    }
  }
  return { target: { ...target, send }, seen };
}

function entryOf(service: Simulated, { size, key }: Entry, id: number): unknown {
  const most = service.maxEntryBytes;
  const bytes = { small: 20, third: Math.floor(most / 3), large: most - 200, "too large": most + 1_000 };
  return service.entry(id, key, bytes[size]);
}

async function* slowly(entries: Iterable<unknown>, clock: ManualRuntime): AsyncGenerator<unknown> {
  let read = 0;
  for (const entry of entries) {
    if (read++ % 4 === 0) await new Promise<void>((resolve) => clock.setTimer(3, resolve));
    yield entry;
  }
}

interface Performed {
  readonly results: readonly BulkResult[];
  /** Entries that a stream has read, and those that its reader was not told of and the observer was. */
  read: number;
  left: number;
}

/** Results in the order in which they came. */
async function perform(
  target: BulkTarget<unknown>,
  plan: Plan,
  entries: readonly unknown[],
  clock: ManualRuntime,
): Promise<Performed> {
  const { concurrency, maxAttempts, timeoutMs, asStream, leavesAfter } = plan;
  const root = rootCall({ runtime: clock, timeoutMs });
  const sender = bulkSender(target, { concurrency, maxAttempts });
  if (asStream === "no") return { results: await sender.send(entries, root), read: 0, left: 0 };
  const results: BulkResult[] = [];
  const performed = { results, read: 0, left: 0 };
  function* counted(): Generator<unknown> {
    for (const entry of entries) {
      performed.read += 1;
      yield entry;
    }
  }
  const stream = wrap(
    async (_: undefined, call: Call) => {
      const source = asStream === "array" ? counted() : slowly(counted(), clock);
      for await (const { entry, result } of sender.stream(source, call)) {
        expect(entry).toBe(entries[results.length]);
        results.push(result);
        if (results.length > leavesAfter) break;
      }
    },
    observed(({ type, entries: untold }) => {
      if (type === "bulk.left") performed.left += Number(untold);
    }),
  );
  await stream(undefined, root).catch((error: unknown) =>
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED" }),
  );
  return performed;
}

/**
 * Watches that entries of a key are sent in their order: none before those ahead of it are done with, taken or refused.
 * Where a request keeps order, they may be ahead in the same one.
 */
function watchOrder(service: Simulated, plan: Plan, broken: string[]) {
  const openOf = new Map<string, Set<number>>();
  const latestOf = new Map<string, number>();
  const keyOf = (id: number): string => plan.entries[id]?.key ?? "";
  return {
    sent(ids: readonly number[]): void {
      if (!service.isOrdered) return;
      const together = service.failsInPart ? new Set<number>() : new Set(ids);
      for (const [place, id] of ids.entries()) {
        const key = keyOf(id);
        const open = openOf.get(key) ?? new Set();
        for (const other of open) {
          if (other < id && !together.has(other)) broken.push(`${id} was sent while ${other} was open`);
        }
        if (!open.has(id) && id < (latestOf.get(key) ?? -1)) broken.push(`${id} was overtaken`);
        if (ids.slice(0, place).some((other) => keyOf(other) === key && other > id))
          broken.push(`${id} is late`);
        open.add(id);
        openOf.set(key, open);
        latestOf.set(key, Math.max(id, latestOf.get(key) ?? -1));
      }
    },
    done(id: number): void {
      openOf.get(keyOf(id))?.delete(id);
    },
  };
}

describe.each(services.map((service) => [service.name, service] as const))("%s", (_name, service) => {
  test("whatever fails: one true result for each entry, within the limits, in order, by the deadline", async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const clock = manualRuntime();
        const { target, seen } = watched(service, plan, clock);
        const entries = plan.entries.map((entry, id) => entryOf(service, entry, id));
        const beganMs = clock.now();
        const performed = await clock.run(perform(target, plan, entries, clock));
        expect(clock.now() - beganMs).toBeLessThanOrEqual(plan.timeoutMs);
        // What a source still owed when its reader left.
        await clock.advance(10);
        const { results, read, left } = performed;
        expect(seen.broken).toEqual([]);
        expect(seen.mostUnderWay).toBeLessThanOrEqual(plan.concurrency);

        const everything = plan.asStream === "no";
        expect(results.length + left).toBe(everything ? entries.length : read);
        results.forEach((result, id) => {
          if (result.ok) expect(seen.taken).toContain(id);
          else if (!seen.sent.has(id)) expect(result).toHaveProperty("error.code");
          if (plan.entries[id]?.size === "too large") {
            // Whoever asks too late is told that instead.
            expect(result.ok).toBe(false);
            expect(seen.sent).not.toContain(id);
          }
        });
      }),
      { numRuns: 60 },
    );
  });
});
