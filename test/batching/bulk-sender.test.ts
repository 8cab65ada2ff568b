import { type Call, type Fact, observed, refusal, rootCall, wrap } from "holdfast";
import { type BulkTarget, bulkSender, type EntryOutcome } from "holdfast/batching";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";

const never = (): Promise<never> => new Promise(() => {});
const okAll = async (entries: readonly string[]): Promise<EntryOutcome[]> =>
  entries.map((entry) => ({ ok: true, id: `id of ${entry}` }));

/** A target of texts that remembers its requests: at most 3 entries, 10 bytes, a byte a letter. */
function textTarget(
  send: BulkTarget<string>["send"] = okAll,
  more: Partial<BulkTarget<string>> = {},
): BulkTarget<string> & { readonly requests: string[][] } {
  const requests: string[][] = [];
  return {
    name: "texts",
    maxEntries: 3,
    maxBytes: 10,
    sizeOf: (entry) => entry.length,
    requests,
    ...more,
    send(entries, call) {
      requests.push([...entries]);
      return send(entries, call);
    },
  };
}

function run<T>(clock: ManualRuntime, work: Promise<T>): Promise<T> {
  return clock.run(work).finally(() => expect(clock.pendingTimers).toBe(0));
}

test("entries are packed by count and by bytes, in input order", async () => {
  const target = textTarget();
  const results = await bulkSender(target).send(["a", "b", "c", "dddd", "eeee", "ffff", "g"], rootCall());
  expect(target.requests).toEqual([
    ["a", "b", "c"],
    ["dddd", "eeee"],
    ["ffff", "g"],
  ]);
  expect(results[3]).toEqual({ ok: true, id: "id of dddd" });
});

test("nothing to send is no request", async () => {
  const target = textTarget();
  expect(await bulkSender(target).send([], rootCall())).toEqual([]);
  expect(target.requests).toEqual([]);
});

test("a call that was spread with a signal of its own is over with that signal as well", async () => {
  const own = new AbortController();
  const call = { ...rootCall({ timeoutMs: 60_000 }), signal: own.signal } as unknown as Call;
  const sending = bulkSender(textTarget(never)).send(["a"], call);
  own.abort(new Error("the client went away"));
  expect(await sending).toMatchObject([{ error: { code: "ENTRY_OUTCOME_UNKNOWN" } }]);
});

test("a sender without a call says so", async () => {
  const send = bulkSender(textTarget()).send as (entries: readonly string[]) => Promise<unknown>;
  await expect(send(["a"])).rejects.toMatchObject({ code: "CALL_MISSING" });
});

test("at most `concurrency` requests are under way", async () => {
  const clock = manualRuntime();
  let underWay = 0;
  let most = 0;
  const target = textTarget(async (entries) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise<void>((resolve) => clock.setTimer(10, resolve));
    underWay -= 1;
    return okAll(entries);
  });
  await run(
    clock,
    bulkSender(target, { concurrency: 2 }).send(Array(20).fill("x"), rootCall({ runtime: clock })),
  );
  expect(most).toBe(2);
});

test("only what failed and may be repeated is sent again, after a jittered wait", async () => {
  const clock = manualRuntime();
  const facts: Fact[] = [];
  let first = true;
  const target = textTarget(async (entries) =>
    entries.map((entry): EntryOutcome => {
      if (entry === "never") return { ok: false, error: "for good", retryable: false };
      if (entry === "later" && first) {
        first = false;
        return { ok: false, error: "busy", retryable: true };
      }
      return { ok: true };
    }),
  );
  const send = wrap(
    (entries: readonly string[], call) => bulkSender(target, { concurrency: 1 }).send(entries, call),
    observed((fact) => facts.push(fact)),
  );
  const results = await run(clock, send(["a", "never", "later"], rootCall({ runtime: clock })));
  expect(results).toEqual([{ ok: true }, { ok: false, error: "for good", retryable: false }, { ok: true }]);
  expect(target.requests).toEqual([["a", "never"], ["later"], ["later"]]);
  expect(facts).toMatchObject([{ type: "bulk.retry", entries: 1, attempt: 1, error: "busy" }]);
});

test("what is left of several requests is sent together with what still waits", async () => {
  const clock = manualRuntime();
  const seen = new Set<string>();
  const target = textTarget(async (entries) =>
    entries.map((entry): EntryOutcome => {
      if (seen.has(entry) || entry !== "a") return { ok: true };
      seen.add(entry);
      return { ok: false, error: "busy", retryable: true };
    }),
  );
  await run(
    clock,
    bulkSender(target, { concurrency: 1 }).send(["a", "b", "c", "d"], rootCall({ runtime: clock })),
  );
  expect(target.requests).toEqual([
    ["a", "b", "c"],
    ["a", "d"],
  ]);
});

test("after maxAttempts the last error is the result", async () => {
  const clock = manualRuntime();
  const target = textTarget(async (entries) =>
    entries.map(() => ({ ok: false, error: `busy ${target.requests.length}`, retryable: true })),
  );
  const results = await run(
    clock,
    bulkSender(target, { maxAttempts: 3 }).send(["a"], rootCall({ runtime: clock })),
  );
  expect(results).toEqual([{ ok: false, error: "busy 3", retryable: true }]);
});

test("waits grow and are drawn from below their limit", async () => {
  const clock = manualRuntime();
  const waits: number[] = [];
  const target = textTarget(async () => {
    throw new Error("down");
  });
  const send = wrap(
    (entries: readonly string[], call) => bulkSender(target, { maxAttempts: 9 }).send(entries, call),
    observed((fact) => waits.push(Number(fact["delayMs"]))),
  );
  await run(clock, send(["a"], rootCall({ runtime: clock })));
  expect(waits).toHaveLength(8);
  for (const [index, waitMs] of waits.entries()) {
    expect(waitMs).toBeLessThanOrEqual(Math.min(5_000, 50 * 2 ** index));
  }
  expect(Math.max(...waits)).toBeGreaterThan(50);
});

test("a rejected chunk fails only its own entries", async () => {
  const terminal = Object.assign(new Error("no"), { retryable: false });
  const target = textTarget(async (entries) => {
    if (entries.includes("bad")) throw terminal;
    return entries.map(() => ({ ok: true }));
  });
  const results = await bulkSender(target).send(["bad", "x", "yyyyyyyyy"], rootCall());
  expect(results).toEqual([
    { ok: false, error: terminal, retryable: false },
    { ok: false, error: terminal, retryable: false },
    { ok: true },
  ]);
  expect(target.requests).toHaveLength(2);
});

test("a thrown error that says nothing is tried again", async () => {
  const clock = manualRuntime();
  let failures = 0;
  const target = textTarget(async (entries) => {
    if (failures++ < 2) throw new Error("connection reset");
    return okAll(entries);
  });
  expect(await run(clock, bulkSender(target).send(["a"], rootCall({ runtime: clock })))).toMatchObject([
    { ok: true },
  ]);
});

test.each([
  ["too short", []],
  ["too long", [{ ok: true }, { ok: true }]],
  ["no list", undefined],
  ["of nothing", [null]],
])("an answer %s says nothing of any entry", async (_name, answer) => {
  const clock = manualRuntime();
  const target = textTarget(async () => answer as unknown as EntryOutcome[]);
  const results = await run(
    clock,
    bulkSender(target, { maxAttempts: 2 }).send(["a"], rootCall({ runtime: clock })),
  );
  expect(results).toMatchObject([{ ok: false, retryable: true, error: { code: "BULK_ANSWER_MISMATCH" } }]);
  expect(target.requests).toHaveLength(2);
});

test("an oversized entry is refused in its own result", async () => {
  const target = textTarget(okAll, { maxEntryBytes: 5 });
  const results = await bulkSender(target).send(["a", "too long", "b"], rootCall());
  expect(results).toMatchObject([
    { ok: true },
    { ok: false, error: { code: "ENTRY_TOO_LARGE" }, retryable: false },
    { ok: true },
  ]);
  expect(target.requests).toEqual([["a", "b"]]);
});

test("an entry that cannot be measured is refused in its own result", async () => {
  const sizeOf = (entry: string): number => {
    if (entry === "odd") throw new TypeError("no size");
    return entry === "nan" ? Number.NaN : 1;
  };
  const results = await bulkSender(textTarget(okAll, { sizeOf })).send(["odd", "a", "nan"], rootCall());
  expect(results.map((result) => result.ok)).toEqual([false, true, false]);
});

test("nothing is unreported when the deadline falls in the middle", async () => {
  const clock = manualRuntime();
  const target = textTarget(async (entries) => {
    if (entries.includes("hangs")) return never();
    await new Promise<void>((resolve) => clock.setTimer(10, resolve));
    return entries.map(
      (entry): EntryOutcome =>
        entry === "busy" ? { ok: false, error: "busy", retryable: true } : { ok: true },
    );
  });
  const backoff = { delayMs: () => 10_000 };
  const sending = bulkSender(target, { concurrency: 2, backoff }).send(
    ["ok", "busy", "b", "hangs", "with", "x", "late"],
    rootCall({ runtime: clock, timeoutMs: 500 }),
  );
  const results = await run(clock, sending);
  expect(results).toMatchObject([
    { ok: true },
    { ok: false, error: "busy", retryable: true },
    { ok: true },
    {
      ok: false,
      error: { code: "ENTRY_OUTCOME_UNKNOWN", cause: { code: "DEADLINE_EXCEEDED" } },
      retryable: true,
    },
    { ok: false, error: { code: "ENTRY_OUTCOME_UNKNOWN" } },
    { ok: false, error: { code: "ENTRY_OUTCOME_UNKNOWN" } },
    { ok: true },
  ]);
});

test("an abort ends a backoff at once, and nothing is sent any more", async () => {
  const clock = manualRuntime();
  const controller = new AbortController();
  const target = textTarget(async () => {
    throw new Error("down");
  });
  const sending = bulkSender(target, { concurrency: 1, backoff: { delayMs: () => 60_000 } }).send(
    ["a", "b", "c", "d"],
    rootCall({ runtime: clock, signal: controller.signal }),
  );
  await clock.advance(10);
  controller.abort(new Error("stop"));
  expect((await sending).map((result) => !result.ok && result.error)).toMatchObject([
    { message: "down" },
    { message: "down" },
    { message: "down" },
    { code: "ENTRY_NOT_SENT", cause: { message: "stop" } },
  ]);
  expect(target.requests).toHaveLength(1);
  expect(clock.pendingTimers).toBe(0);
});

test("a call that is over sends nothing and refuses every entry", async () => {
  const target = textTarget();
  const results = await bulkSender(target).send(["a", "b"], rootCall({ signal: AbortSignal.abort() }));
  expect(results).toMatchObject([
    { error: { code: "ENTRY_NOT_SENT" } },
    { error: { code: "ENTRY_NOT_SENT" } },
  ]);
  expect(target.requests).toEqual([]);
});

test("a request under way sees its call aborted, and may start nothing more through it", async () => {
  const clock = manualRuntime();
  let aborted = false;
  let refused: unknown;
  const effect = wrap(async (n: number) => n);
  const target = textTarget(async (_entries, call) => {
    call.signal.addEventListener("abort", () => {
      aborted = true;
      refused = effect(1, call).catch((error: unknown) => error);
    });
    return never();
  });
  await run(clock, bulkSender(target).send(["a"], rootCall({ runtime: clock, timeoutMs: 10 })));
  expect(aborted).toBe(true);
  expect(await refused).toMatchObject({ code: "DEADLINE_EXCEEDED" });
});

test("work that a target left running is refused by wrapped calls", async () => {
  const clock = manualRuntime();
  let refused: unknown;
  const effect = wrap(async (n: number) => n);
  const target = textTarget(async (entries, call) => {
    clock.setTimer(10, () => {
      refused = effect(1, call).catch((error: unknown) => error);
    });
    return okAll(entries);
  });
  await bulkSender(target).send(["a"], rootCall({ runtime: clock }));
  await clock.advance(10);
  expect(await refused).toMatchObject({ code: "CALL_ENDED" });
});

test("a request that fails after the answer was given is not sent again", async () => {
  const clock = manualRuntime();
  const facts: Fact[] = [];
  const target = textTarget(async () => {
    await new Promise<void>((resolve) => clock.setTimer(100, resolve));
    throw new Error("late");
  });
  const send = wrap(
    (entries: readonly string[], call) => bulkSender(target).send(entries, call),
    observed((fact) => facts.push(fact)),
  );
  const controller = new AbortController();
  const sending = send(["a"], rootCall({ runtime: clock, signal: controller.signal }));
  await clock.advance(50);
  controller.abort();
  await sending;
  await clock.advance(60_000);
  expect(target.requests).toHaveLength(1);
  expect(facts).toEqual([]);
});

test("after a freeze past the deadline nothing more is sent, though no timer has fired yet", async () => {
  const clock = manualRuntime();
  const target = textTarget(async (entries) => {
    clock.jump(60_000);
    return okAll(entries);
  });
  const sender = bulkSender(target, { concurrency: 1 });
  const results = await sender.send(["a", "b", "c", "d"], rootCall({ runtime: clock, timeoutMs: 1_000 }));
  expect(target.requests).toHaveLength(1);
  expect(results.map((result) => result.ok)).toEqual([true, true, true, false]);
});

const byFirstLetter = (entry: string): string => entry.charAt(0);

test("entries of one key go one after the other, in order, beside other keys", async () => {
  const target = textTarget(okAll, { orderKey: byFirstLetter });
  const results = await bulkSender(target).send(["a1", "a2", "b1", "a3"], rootCall());
  expect(target.requests).toEqual([["a1", "b1"], ["a2"], ["a3"]]);
  expect(results.map((result) => result.ok)).toEqual([true, true, true, true]);
});

test("an entry that may still be written is not overtaken by the next of its key", async () => {
  const clock = manualRuntime();
  const target = textTarget(
    async () => {
      throw new Error("down");
    },
    { orderKey: byFirstLetter },
  );
  const sender = bulkSender(target, { maxAttempts: 1 });
  const results = await run(clock, sender.send(["a1", "a2", "a3"], rootCall({ runtime: clock })));
  expect(target.requests).toEqual([["a1"]]);
  expect(results).toMatchObject([
    { error: { message: "down" } },
    { error: { code: "EARLIER_ENTRY_FAILED" }, retryable: true },
    { error: { code: "EARLIER_ENTRY_FAILED" }, retryable: true },
  ]);
});

test("an entry that never will be written holds up none", async () => {
  const target = textTarget(
    async (entries) =>
      entries.map((entry) => (entry === "a2" ? { ok: false, error: "bad", retryable: false } : { ok: true })),
    { orderKey: byFirstLetter },
  );
  const results = await bulkSender(target).send(["a-too-long-to-send", "a2", "a3"], rootCall());
  expect(results.map((result) => result.ok)).toEqual([false, false, true]);
});

const inOrder = { orderKey: byFirstLetter, keepsOrder: true };

test("a target that keeps order takes entries of one key together, and never in two requests at once", async () => {
  const clock = manualRuntime();
  const target = textTarget(async (entries) => {
    await new Promise<void>((resolve) => clock.setTimer(10, resolve));
    return okAll(entries);
  }, inOrder);
  const sending = bulkSender(target).send(["a1", "a2", "b1", "a3", "a4"], rootCall({ runtime: clock }));
  expect((await run(clock, sending)).every(({ ok }) => ok)).toBe(true);
  expect(target.requests).toEqual([["a1", "a2", "a3"], ["b1"], ["a4"]]);
});

test("what such a target could not take is sent again in order", async () => {
  const clock = manualRuntime();
  const target = textTarget(async (entries) => {
    if (target.requests.length < 3) throw new Error("down");
    return okAll(entries);
  }, inOrder);
  const sending = bulkSender(target).send(["a1", "a2", "a3", "a4"], rootCall({ runtime: clock }));
  expect((await run(clock, sending)).every(({ ok }) => ok)).toBe(true);
  expect(target.requests).toEqual([["a1", "a2", "a3"], ["a1", "a2", "a3"], ["a1", "a2", "a3"], ["a4"]]);
});

test("one that was sent with an entry that has failed for good is not sent again, and says what became of it", async () => {
  const clock = manualRuntime();
  const target = textTarget(
    async (entries) =>
      entries.map((entry) => (entry === "b1" ? { ok: true } : { ok: false, error: "busy", retryable: true })),
    { ...inOrder, maxEntries: 2 },
  );
  const sender = bulkSender(target, { maxAttempts: 2, concurrency: 1 });
  const results = await run(clock, sender.send(["b1", "a1", "a2", "a3"], rootCall({ runtime: clock })));
  expect(target.requests).toEqual([
    ["b1", "a1"],
    ["a1", "a2"],
  ]);
  expect(results).toMatchObject([
    { ok: true },
    { error: "busy" },
    { error: "busy" },
    { error: { code: "EARLIER_ENTRY_FAILED" } },
  ]);
});

test("a backoff that throws costs no entry its result, and ends what is under way", async () => {
  const clock = manualRuntime();
  let aborted = false;
  const target = textTarget(async (entries, call) => {
    if (!entries.includes("hangs")) throw new Error("down");
    call.signal.addEventListener("abort", () => {
      aborted = true;
    });
    return never();
  });
  const backoff = {
    delayMs: (): number => {
      throw new Error("broken backoff");
    },
  };
  const sending = bulkSender(target, { backoff }).send(
    ["a", "b", "c", "hangs"],
    rootCall({ runtime: clock }),
  );
  const results = await run(clock, sending);
  expect(results.map((result) => !result.ok && result.error)).toMatchObject([
    { message: "down" },
    { message: "down" },
    { message: "down" },
    { code: "ENTRY_OUTCOME_UNKNOWN", cause: { message: "broken backoff" } },
  ]);
  expect(aborted).toBe(true);
});

test("100,000 entries of one key, all failing, are all reported", async () => {
  const target = textTarget(async () => Promise.reject(Object.assign(new Error("no"), { retryable: true })), {
    orderKey: () => "one",
  });
  const results = await bulkSender(target, { maxAttempts: 1 }).send(Array(100_000).fill("x"), rootCall());
  expect(results.every((result) => !result.ok)).toBe(true);
});

test("wrong options are refused where they are given", () => {
  expect(() => bulkSender({} as never)).toThrow(/must be a bulk target/);
  expect(() => bulkSender(textTarget(okAll, { maxEntries: 0 }))).toThrow(/target.maxEntries/);
  expect(() => bulkSender(textTarget(), { concurrency: 0 })).toThrow(/concurrency/);
  expect(() => bulkSender(textTarget(), { maxAttempts: 0 })).toThrow(/maxAttempts/);
  expect(() => bulkSender(textTarget(), { backoff: {} as never })).toThrow(/backoff/);
});

test("a sender is done a margin before its call's deadline, and the call is still good for handing on what is left", async () => {
  const clock = manualRuntime();
  const call = rootCall({ runtime: clock, timeoutMs: 1_000 });
  const startedMs = clock.now();
  const sender = bulkSender(textTarget(never), { marginMs: 300 });
  const [result] = await clock.run(sender.send(["a"], call));
  expect(result).toMatchObject({ ok: false, error: { code: "ENTRY_OUTCOME_UNKNOWN" } });
  expect(clock.now() - startedMs).toBe(700);
  expect(refusal(call)).toBe(undefined);
});
