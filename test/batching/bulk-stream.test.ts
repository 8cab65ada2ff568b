import { type Call, type Fact, observed, rootCall, wrap, wrapHandler } from "holdfast";
import { type BulkSenderOptions, type BulkTarget, bulkSender, type EntryOutcome } from "holdfast/batching";
import { fakeContext, type ManualRuntime, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";

/** A target of numbers: at most 3 in a request, which takes 10 ms. */
function numberTarget(
  clock: ManualRuntime,
  more: Partial<BulkTarget<number>> = {},
): BulkTarget<number> & { readonly requests: number[][] } {
  const requests: number[][] = [];
  const send = more.send ?? (async (entries) => entries.map((): EntryOutcome => ({ ok: true })));
  return {
    name: "numbers",
    maxEntries: 3,
    maxBytes: 100,
    sizeOf: () => 1,
    ...more,
    requests,
    async send(entries, call) {
      requests.push([...entries]);
      await new Promise<void>((resolve) => clock.setTimer(10, resolve));
      return send(entries, call);
    },
  };
}

/** Numbers from 0, of which it is known how many were asked for, and whether the source was closed. */
function numbers(count: number, wait: () => Promise<void> = async () => {}) {
  const seen = { read: 0, closed: false };
  async function* source(): AsyncGenerator<number> {
    try {
      for (let n = 0; n < count; n++) {
        await wait();
        seen.read += 1;
        yield n;
      }
    } finally {
      seen.closed = true;
    }
  }
  return { source: source(), seen };
}

interface Read {
  readonly told: (readonly [entry: number, ok: boolean])[];
  readonly thrown: unknown;
}

/** Reads a stream to its end, or until `enough`. */
async function readAll(
  clock: ManualRuntime,
  target: BulkTarget<number>,
  source: AsyncIterable<number> | Iterable<number>,
  {
    call = rootCall({ runtime: clock }),
    enough = () => false,
    ...options
  }: BulkSenderOptions & { call?: Call; enough?: (entry: number) => boolean } = {},
): Promise<Read> {
  const told: [number, boolean][] = [];
  async function read(): Promise<unknown> {
    try {
      for await (const { entry, result } of bulkSender(target, options).stream(source, call)) {
        told.push([entry, result.ok]);
        if (enough(entry)) break;
      }
      return undefined;
    } catch (error) {
      return error;
    }
  }
  const thrown = await clock.run(read());
  // The target's own.
  await clock.advance(10);
  expect(clock.pendingTimers).toBe(0);
  return { told, thrown };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

test.each([
  ["an async generator", (count: number) => numbers(count).source],
  ["an array", upTo],
])("each entry of %s comes back with its result, in order", async (_name, sourceOf) => {
  const clock = manualRuntime();
  const target = numberTarget(clock);
  const { told, thrown } = await readAll(clock, target, sourceOf(20));
  expect(told).toEqual(upTo(20).map((n) => [n, true]));
  expect(thrown).toBeUndefined();
  expect(target.requests.map((request) => request.length)).toEqual([3, 3, 3, 3, 3, 3, 2]);
});

test("a source of nothing is no request", async () => {
  const clock = manualRuntime();
  const target = numberTarget(clock);
  expect(await readAll(clock, target, [])).toEqual({ told: [], thrown: undefined });
  expect(target.requests).toEqual([]);
});

test("nothing is read before the reader asks, and no more than fills the requests that may be under way", async () => {
  const clock = manualRuntime();
  const { source, seen } = numbers(1_000);
  const stream = bulkSender(numberTarget(clock), { concurrency: 2 }).stream(
    source,
    rootCall({ runtime: clock }),
  );
  await clock.advance(100);
  expect(seen.read).toBe(0);
  const first = stream.next();
  await clock.advance(1);
  expect(seen.read).toBe(6);
  await clock.advance(1_000);
  // Those six have their results, and as many more could be sent; the reader has taken one.
  expect(seen.read).toBe(13);
  expect(await first).toEqual({ done: false, value: { entry: 0, result: { ok: true } } });
  await stream.return?.();
  expect(seen.closed).toBe(true);
});

test("an entry that is late holds the others' results back, and their number is limited", async () => {
  const clock = manualRuntime();
  const { source, seen } = numbers(1_000);
  const target = numberTarget(clock, {
    send: async (entries) =>
      entries.includes(0) ? new Promise(() => {}) : entries.map((): EntryOutcome => ({ ok: true })),
  });
  const call = rootCall({ runtime: clock, timeoutMs: 5_000 });
  const { told, thrown } = await readAll(clock, target, source, { concurrency: 2, call });
  expect(seen.read).toBe(12);
  expect(told).toEqual(upTo(12).map((n) => [n, n > 2]));
  expect(thrown).toMatchObject({ code: "DEADLINE_EXCEEDED" });
});

test("a slow reader frees the source one entry at a time", async () => {
  const clock = manualRuntime();
  let read = 0;
  function* source(): Generator<number> {
    for (;;) yield read++;
  }
  const sender = bulkSender(numberTarget(clock), { concurrency: 1 });
  const stream = sender.stream(source(), rootCall({ runtime: clock, timeoutMs: 1_000_000 }));
  await clock.run(stream.next());
  // What has its result is limited to twice three entries; each that is taken makes room for one.
  for (let taken = 1; taken < 10; taken += 1) {
    await clock.run(new Promise<void>((resolve) => clock.setTimer(1_000, resolve)));
    expect(read).toBe(taken + 6);
    await clock.run(stream.next());
  }
  await stream.return?.();
});

test("large entries are read by their bytes", async () => {
  const clock = manualRuntime();
  const { source, seen } = numbers(100);
  const target = numberTarget(clock, { sizeOf: () => 60 });
  const stream = bulkSender(target, { concurrency: 1 }).stream(source, rootCall({ runtime: clock }));
  void stream.next();
  await clock.advance(5);
  expect(seen.read).toBe(2);
  await stream.return?.();
});

test("a request that is not full waits lingerMs for more, and then goes", async () => {
  const clock = manualRuntime();
  const slowly = () => new Promise<void>((resolve) => clock.setTimer(8, resolve));
  const target = numberTarget(clock);
  await readAll(clock, target, numbers(5, slowly).source, { lingerMs: 12 });
  expect(target.requests).toEqual([[0, 1], [2, 3], [4]]);
});

test("what a source throws is thrown after the results of what it gave", async () => {
  const clock = manualRuntime();
  async function* source(): AsyncGenerator<number> {
    yield* upTo(4);
    throw new Error("connection lost");
  }
  const { told, thrown } = await readAll(clock, numberTarget(clock), source());
  expect(told).toEqual(upTo(4).map((n) => [n, true]));
  expect(thrown).toMatchObject({ message: "connection lost" });
});

test("a source that cannot even begin is thrown to the reader", async () => {
  const clock = manualRuntime();
  const source = {
    [Symbol.asyncIterator](): AsyncIterator<number> {
      throw new Error("no connection");
    },
  };
  const { thrown } = await readAll(clock, numberTarget(clock), source);
  expect(thrown).toMatchObject({ message: "no connection" });
});

test("a reader who leaves ends the requests under way, closes the source, and what it was not told is reported", async () => {
  const clock = manualRuntime();
  const facts: Fact[] = [];
  const { source, seen } = numbers(100);
  let aborted = 0;
  const target = numberTarget(clock, {
    send: async (entries, call) => {
      if (entries.includes(0)) {
        await new Promise<void>((resolve) => clock.setTimer(10, resolve));
        return entries.map((): EntryOutcome => ({ ok: true }));
      }
      call.signal.addEventListener("abort", () => {
        aborted += 1;
      });
      return new Promise(() => {});
    },
  });
  const run = wrap(
    async (from: AsyncIterable<number>, call: Call) =>
      readAll(clock, target, from, { concurrency: 2, enough: (n) => n === 1, call }),
    observed((fact) => facts.push(fact)),
  );
  const { told } = await run(source, rootCall({ runtime: clock }));
  expect(told).toEqual([
    [0, true],
    [1, true],
  ]);
  expect(seen.closed).toBe(true);
  expect(aborted).toBe(1);
  const sent = target.requests.length;
  await clock.advance(60_000);
  expect(target.requests).toHaveLength(sent);
  expect(facts[0]).toMatchObject({ type: "bulk.left", target: "numbers", written: 1, underWay: 3 });
  // What the source was asked for and gave too late is told as well.
  expect(facts.reduce((sum, fact) => sum + Number(fact["entries"]), 0)).toBe(seen.read - 2);
});

test("a stream that is left before it began reads nothing", async () => {
  const { source, seen } = numbers(5);
  const stream = bulkSender(numberTarget(manualRuntime())).stream(source, rootCall());
  await stream.return?.();
  expect(await stream.next()).toEqual({ done: true, value: undefined });
  expect(seen.read).toBe(0);
});

test("a reader that waits is let go when another leaves", async () => {
  const clock = manualRuntime();
  const target = numberTarget(clock, { send: () => new Promise(() => {}) });
  const stream = bulkSender(target).stream(numbers(5).source, rootCall({ runtime: clock }));
  const waiting = stream.next();
  await clock.advance(50);
  await stream.return?.();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(clock.pendingTimers).toBe(0);
});

test("several reads at once are answered in order", async () => {
  const clock = manualRuntime();
  const stream = bulkSender(numberTarget(clock)).stream(upTo(2), rootCall({ runtime: clock }));
  const steps = await clock.run(Promise.all([stream.next(), stream.next(), stream.next(), stream.next()]));
  expect(steps.map((step) => step.value?.entry)).toEqual([0, 1, undefined, undefined]);
  expect(steps.map((step) => step.done)).toEqual([false, false, true, true]);
});

test("when the call is over every entry that was read is told, and then why; the source is closed", async () => {
  const clock = manualRuntime();
  const controller = new AbortController();
  const { source, seen } = numbers(100);
  const target = numberTarget(clock, { send: () => new Promise(() => {}) });
  clock.setTimer(50, () => controller.abort(new Error("stop")));
  const call = rootCall({ runtime: clock, signal: controller.signal });
  const { told, thrown } = await readAll(clock, target, source, { concurrency: 2, call });
  expect(told).toEqual(upTo(6).map((n) => [n, false]));
  expect(thrown).toMatchObject({ message: "stop" });
  expect(seen).toEqual({ read: 6, closed: true });
});

test("a call that is over when the source is at its end ends the stream as usual: all was told", async () => {
  const clock = manualRuntime();
  const target = numberTarget(clock, { send: () => new Promise(() => {}) });
  const call = rootCall({ runtime: clock, timeoutMs: 100 });
  const { told, thrown } = await readAll(clock, target, upTo(2), { call });
  expect(told).toEqual(upTo(2).map((n) => [n, false]));
  expect(thrown).toBeUndefined();
});

test("a call that is over at the beginning reads nothing and says why", async () => {
  const clock = manualRuntime();
  const { source, seen } = numbers(5);
  const call = rootCall({ runtime: clock, signal: AbortSignal.abort(new Error("stop")) });
  const { thrown } = await readAll(clock, numberTarget(clock), source, { call });
  expect(thrown).toMatchObject({ message: "stop" });
  expect(seen.read).toBe(0);
});

test("a source that hangs does not hold up the end of the call", async () => {
  const clock = manualRuntime();
  const source = {
    returned: false,
    given: 0,
    async next(): Promise<IteratorResult<number>> {
      this.given += 1;
      return this.given === 1 ? { done: false, value: 0 } : new Promise(() => {});
    },
    async return(): Promise<IteratorResult<number>> {
      this.returned = true;
      return new Promise(() => {});
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
  const call = rootCall({ runtime: clock, timeoutMs: 1_000 });
  const { told, thrown } = await readAll(clock, numberTarget(clock), source, { call });
  expect(told).toEqual([[0, true]]);
  expect(thrown).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(source.returned).toBe(true);
});

test.each([
  ["a step that is none", async () => undefined],
  [
    "a step that throws when it is looked at",
    async () => ({
      get done(): boolean {
        throw new TypeError("no step");
      },
    }),
  ],
])("a source that gives %s has failed: its reader hears it, and the process goes on", async (_name, next) => {
  const source = { [Symbol.asyncIterator]: () => ({ next }) } as unknown as AsyncIterable<number>;
  const stream = bulkSender(numberTarget(manualRuntime())).stream(source, rootCall());
  await expect(stream.next()).rejects.toThrow(TypeError);
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test("entries that are all refused at once do not outlast the deadline, though no timer comes to its turn", async () => {
  const clock = manualRuntime();
  function* endless(): Generator<number> {
    for (let n = 0; ; n += 1) yield n;
  }
  const target = numberTarget(clock, { sizeOf: () => 1_000 });
  const stream = bulkSender(target).stream(endless(), rootCall({ runtime: clock, timeoutMs: 1_000 }));
  expect(await stream.next()).toMatchObject({ value: { result: { ok: false } } });
  clock.jump(1_000);
  const told = async (): Promise<unknown> => {
    for (let count = 0; count < 1_000; count += 1) await stream.next();
    return "for ever";
  };
  await expect(told()).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(clock.pendingTimers).toBe(0);
});

test("an entry that cannot be sent is refused in its place", async () => {
  const clock = manualRuntime();
  const target = numberTarget(clock, { sizeOf: (n) => (n % 2 === 0 ? 1 : 1_000) });
  const { told } = await readAll(clock, target, upTo(50), { concurrency: 1 });
  expect(told).toEqual(upTo(50).map((n) => [n, n % 2 === 0]));
});

test("entries of a key that has failed are not sent later either, so that none overtakes it", async () => {
  const clock = manualRuntime();
  const target = numberTarget(clock, {
    orderKey: (n) => (n % 10 === 0 ? "tens" : undefined),
    send: async (entries) =>
      entries.map(
        (n): EntryOutcome => (n === 0 ? { ok: false, error: "busy", retryable: true } : { ok: true }),
      ),
  });
  const { told } = await readAll(clock, target, upTo(40), { maxAttempts: 1, concurrency: 1 });
  expect(told.filter(([, ok]) => !ok).map(([n]) => n)).toEqual([0, 10, 20, 30]);
  expect(target.requests.flat()).not.toContain(10);
});

test("a million entries pass through in bounded memory", { timeout: 120_000 }, async () => {
  const target: BulkTarget<number> = {
    name: "numbers",
    maxEntries: 500,
    maxBytes: 1_000_000,
    sizeOf: () => 100,
    send: async (entries) => entries.map(() => ({ ok: true })),
  };
  let ahead = 0;
  let most = 0;
  function* source(): Generator<number> {
    for (let n = 0; n < 1_000_000; n++) {
      ahead += 1;
      most = Math.max(most, ahead);
      yield n;
    }
  }
  let told = 0;
  for await (const { entry, result } of bulkSender(target).stream(source(), rootCall())) {
    if (!result.ok || entry !== told) throw new Error(`${entry} came where ${told} should have.`);
    ahead -= 1;
    told += 1;
  }
  expect(told).toBe(1_000_000);
  // Twice what fills four requests.
  expect(most).toBeLessThanOrEqual(2 * 4 * 500 + 1);
});

test("what is no source, and no call, is refused where it is given", () => {
  const sender = bulkSender(numberTarget(manualRuntime()));
  expect(() => sender.stream({} as never, rootCall())).toThrow(/must be an iterable/);
  expect(() => sender.stream([], {} as never)).toThrow(/without its call/);
  expect(() => bulkSender(numberTarget(manualRuntime()), { lingerMs: -1 })).toThrow(/lingerMs/);
});

test("a stream that nobody reads to its end, nor leaves, has no timer once its invocation has ended", async () => {
  const clock = manualRuntime();
  async function* source(): AsyncGenerator<number> {
    yield 1;
    await new Promise(() => {});
  }
  const handler = wrapHandler(async (_: object, call) => {
    const stream = bulkSender(numberTarget(clock), { lingerMs: 2_000 }).stream(source(), call);
    void stream.next().catch(() => {});
    await clock.advance(100);
    return clock.pendingTimers;
  });
  expect(await handler({}, fakeContext({ runtime: clock }))).toBeGreaterThan(0);
  expect(clock.pendingTimers).toBe(0);
});
