import { deadline, type Fact, type Fn, observed, rootCall, sleep, wrap, wrapHandler } from "holdfast";
import { type SqsEvent, sqsBatch, text } from "holdfast/batching";
import { idempotent } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { fakeContext, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { failedIds, sqsEvent, sqsRecord } from "./sqs-fixtures.ts";

const never = (): Promise<never> => new Promise(() => {});

async function failuresOf(fn: Parameters<typeof sqsBatch<number>>[0], event: SqsEvent): Promise<string[]> {
  const clock = manualRuntime();
  const handler = wrapHandler(sqsBatch(fn));
  const response = await clock.run(handler(event, fakeContext({ runtime: clock, timeoutMs: 1_000 })));
  expect(clock.pendingTimers).toBe(0);
  return failedIds(response);
}

test("nothing is reported when all succeed", async () => {
  expect(await failuresOf(async () => "done", sqsEvent([1, 2, 3]))).toEqual([]);
});

test("a record gets its decoded body, its own record and its receive count as attempt", async () => {
  const seen: unknown[] = [];
  const event = { Records: [sqsRecord({ messageId: "m-9", body: '{"id":"o-1"}', receives: 3 })] };
  await failuresOf(async (order, call) => {
    seen.push(order, call.record.messageId, call.attempt);
  }, event);
  expect(seen).toEqual([{ id: "o-1" }, "m-9", 3]);
});

test.each([null, undefined, "text", 0, new Error("no")])(
  "throw %s fails one record, not the batch",
  async (thrown) => {
    const fn: Fn<number, void> = async (n) => {
      if (n === 2) throw thrown;
    };
    expect(await failuresOf(fn, sqsEvent([1, 2, 3]))).toEqual(["m-1"]);
  },
);

test("a function that throws before its first await, or returns no promise, is treated like any other", async () => {
  const fn = ((n: number) => {
    if (n === 2) throw new Error("at once");
    return n;
  }) as unknown as Fn<number, number>;
  expect(await failuresOf(fn, sqsEvent([1, 2, 3]))).toEqual(["m-1"]);
});

test("all failed means all listed", async () => {
  const fail = async (): Promise<void> => {
    throw new Error("no");
  };
  expect(await failuresOf(fail, sqsEvent([1, 2, 3]))).toEqual(["m-0", "m-1", "m-2"]);
});

test("a body that is not JSON fails its own record, and its error does not quote it", async () => {
  const facts: Fact[] = [];
  const event = {
    Records: [sqsRecord({ messageId: "bad", body: "secret{" }), sqsRecord({ messageId: "good" })],
  };
  const batch = wrap(
    sqsBatch(async () => "done"),
    observed((fact) => facts.push(fact)),
  );
  expect(failedIds(await batch(event, rootCall()))).toEqual(["bad"]);
  const failed = facts.find((fact) => fact["outcome"] === "failed");
  expect(failed?.["error"]).toMatchObject({ code: "BODY_INVALID" });
  expect(String(failed?.["error"])).not.toContain("secret");
});

test("all 10,000 records do not start at once", async () => {
  let running = 0;
  let most = 0;
  const fn = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
  };
  expect(await failuresOf(fn, sqsEvent(Array.from({ length: 10_000 }, (_, n) => n)))).toEqual([]);
  expect(most).toBe(10);
});

test("a hung record does not cost the batch its answer", async () => {
  const clock = manualRuntime();
  const handler = wrapHandler(sqsBatch(async (n: number) => (n === 2 ? never() : n), { concurrency: 2 }));
  const context = fakeContext({ runtime: clock, timeoutMs: 1_000 });
  const response = await clock.run(handler(sqsEvent([1, 2, 3]), context));
  expect(failedIds(response)).toEqual(["m-1"]);
  expect(context.getRemainingTimeInMillis()).toBe(200);
  expect(clock.pendingTimers).toBe(0);
});

test("inside deadline(), the batch answers before the deadline rejects", async () => {
  const clock = manualRuntime();
  const handler = wrapHandler(sqsBatch(never), deadline({ reserveMs: 500 }));
  const context = fakeContext({ runtime: clock, timeoutMs: 1_000 });
  expect(failedIds(await clock.run(handler(sqsEvent([1]), context)))).toEqual(["m-0"]);
  expect(context.getRemainingTimeInMillis()).toBe(700);
});

test("at the deadline the running are aborted, and the waiting never start", async () => {
  const clock = manualRuntime();
  const started: number[] = [];
  const reasons: unknown[] = [];
  const fn: Fn<number, void> = async (n, call) => {
    started.push(n);
    call.signal.addEventListener("abort", () => reasons.push(call.signal.reason));
    await never();
  };
  const handler = wrapHandler(sqsBatch(fn, { concurrency: 2 }));
  const response = await clock.run(handler(sqsEvent([0, 1, 2]), fakeContext({ runtime: clock })));
  await clock.advance(10_000);
  expect(failedIds(response)).toEqual(["m-0", "m-1", "m-2"]);
  expect(started).toEqual([0, 1]);
  expect(reasons).toMatchObject([{ code: "DEADLINE_EXCEEDED" }, { code: "DEADLINE_EXCEEDED" }]);
});

test("records that never leave the processor do not outrun the deadline", async () => {
  const clock = manualRuntime();
  const started: number[] = [];
  const fn: Fn<number, void> = async (n) => {
    started.push(n);
    clock.jump(300);
  };
  const handler = wrapHandler(sqsBatch(fn, { concurrency: 1 }));
  const response = await clock.run(
    handler(sqsEvent([0, 1, 2, 3, 4]), fakeContext({ runtime: clock, timeoutMs: 1_000 })),
  );
  expect(started).toEqual([0, 1, 2]);
  expect(failedIds(response)).toEqual(["m-3", "m-4"]);
});

test("when the caller aborts, the batch answers with what did not finish", async () => {
  const clock = manualRuntime();
  const controller = new AbortController();
  const call = rootCall({ runtime: clock, signal: controller.signal });
  const answer = sqsBatch(async (n: number) => (n === 0 ? n : never()), { concurrency: 2 })(
    sqsEvent([0, 1, 2]),
    call,
  );
  await clock.advance(1);
  controller.abort(new Error("shutting down"));
  expect(failedIds(await answer)).toEqual(["m-1", "m-2"]);
});

test("a call that is over before the batch starts runs nothing and reports everything", async () => {
  const call = rootCall({ signal: AbortSignal.abort() });
  let runs = 0;
  const fn = async (): Promise<number> => runs++;
  expect(failedIds(await sqsBatch(fn)(sqsEvent([1, 2]), call))).toEqual(["m-0", "m-1"]);
  expect(runs).toBe(0);
});

test("a record that outlives the batch is refused by wrapped calls", async () => {
  const clock = manualRuntime();
  const effects: number[] = [];
  const refusals: unknown[] = [];
  const effect = wrap(async (n: number) => effects.push(n));
  const fn: Fn<number, void> = async (n, call) => {
    await new Promise<void>((resolve) => clock.setTimer(5_000, resolve)); // heeds no signal
    await effect(n, call).catch((error: unknown) => refusals.push(error));
  };
  const handler = wrapHandler(sqsBatch(fn));
  const response = await clock.run(handler(sqsEvent([1]), fakeContext({ runtime: clock })));
  expect(failedIds(response)).toEqual(["m-0"]);
  await clock.advance(10_000);
  expect(effects).toEqual([]);
  expect(refusals).toMatchObject([{ code: "DEADLINE_EXCEEDED" }]);
});

test("work left running by a record that has settled is refused by wrapped calls", async () => {
  const clock = manualRuntime();
  const refusals: unknown[] = [];
  const effect = wrap(async (n: number) => n);
  const fn: Fn<number, void> = async (n, call) => {
    clock.setTimer(10, () => effect(n, call).catch((error: unknown) => refusals.push(error)));
  };
  const slow: Fn<number, void> = async (n, call) => (n === 0 ? fn(n, call) : sleep(call, 50));
  await clock.run(sqsBatch(slow)(sqsEvent([0, 1]), rootCall({ runtime: clock })));
  expect(refusals).toMatchObject([{ code: "CALL_ENDED" }]);
});

test("a body decoded after the batch has answered is not run", async () => {
  const clock = manualRuntime();
  const body = {
    decode: (text: string): Promise<string> =>
      new Promise((resolve) => clock.setTimer(5_000, () => resolve(text))),
  };
  let runs = 0;
  const handler = wrapHandler(sqsBatch(async () => runs++, { body }));
  expect(failedIds(await clock.run(handler(sqsEvent([1]), fakeContext({ runtime: clock }))))).toEqual([
    "m-0",
  ]);
  await clock.advance(10_000);
  expect(runs).toBe(0);
});

test("a FIFO failure stops only its own group", async () => {
  const ran: number[] = [];
  const fn: Fn<number, void> = async (n) => {
    ran.push(n);
    if (n === 1) throw new Error("no");
  };
  const event = sqsEvent([0, 1, 2, 3, 4, 5], ["a", "a", "b", "a", "b", "a"]);
  expect(await failuresOf(fn, event)).toEqual(["m-1", "m-3", "m-5"]);
  expect(ran.toSorted()).toEqual([0, 1, 2, 4]);
});

test("a FIFO group runs one record at a time, and other groups beside it", async () => {
  const clock = manualRuntime();
  const log: string[] = [];
  const fn: Fn<string, void> = async (name, call) => {
    log.push(`${name} begins`);
    await sleep(call, 10);
    log.push(`${name} ends`);
  };
  await clock.run(sqsBatch(fn)(sqsEvent(["a1", "a2", "b1"], ["a", "a", "b"]), rootCall({ runtime: clock })));
  expect(log).toEqual(["a1 begins", "b1 begins", "a1 ends", "a2 begins", "b1 ends", "a2 ends"]);
});

test("message groups of a standard queue have no order", async () => {
  const event = sqsEvent([0, 1], ["a", "a"]);
  const standard = {
    Records: event.Records.map((one) => ({
      ...one,
      eventSourceARN: one.eventSourceARN.replace(".fifo", ""),
    })),
  };
  const fn: Fn<number, void> = async (n) => {
    if (n === 0) throw new Error("no");
  };
  expect(await failuresOf(fn, standard)).toEqual(["m-0"]);
});

test.each([
  [
    "a record without messageId is refused, not dropped",
    { Records: [{ ...sqsRecord(), messageId: undefined }] },
    /record 0 has no identifier/,
  ],
  [
    "an empty messageId",
    { Records: [sqsRecord(), sqsRecord({ messageId: "" })] },
    /record 1 has no identifier/,
  ],
  [
    "two different records with one messageId",
    { Records: [sqsRecord(), sqsRecord({ body: "1" })] },
    /record 1 has the identifier of another/,
  ],
  ["a record that is null", { Records: [null] }, /record 0 is null/],
  ["an EventBridge event", { "detail-type": "OrderPlaced", detail: {} }, /an EventBridge event/],
  ["an SNS event", { Records: [{ EventSource: "aws:sns", Sns: {} }] }, /record 0 came from aws:sns/],
  [
    "a Kinesis event",
    { Records: [{ eventSource: "aws:kinesis", kinesis: {} }] },
    /record 0 came from aws:kinesis/,
  ],
  ["an HTTP request", { requestContext: {}, body: "{}" }, /an HTTP request/],
  ["Records that is no list", { Records: {} }, /Records is a value of type object/],
  ["null", null, /what came is null/],
  ["a text", "hello", /a value of type string/],
])("%s throws WRONG_EVENT before anything runs", async (_name, event, message) => {
  let runs = 0;
  const fn = async (): Promise<number> => runs++;
  const answer = sqsBatch(fn)(event as unknown as SqsEvent, rootCall());
  await expect(answer).rejects.toMatchObject({ code: "WRONG_EVENT", retryable: false });
  await expect(answer).rejects.toThrow(message);
  expect(runs).toBe(0);
});

test("a message delivered twice in one batch runs once and is reported once", async () => {
  let runs = 0;
  const fail = async (): Promise<void> => {
    runs += 1;
    throw new Error("no");
  };
  const copies = { Records: [sqsRecord(), sqsRecord({ receiptHandle: "another" })] };
  expect(await failuresOf(fail, copies)).toEqual(["m-1"]);
  expect(runs).toBe(1);
});

test("every record's end is a fact on its own call, and the batch's a fact on the batch's", async () => {
  const facts: unknown[] = [];
  const clock = manualRuntime();
  const fn: Fn<number, void> = async (n, call) => {
    await sleep(call, 10);
    if (n === 1) throw new Error("no");
    if (n === 2) await never();
  };
  const batch = wrap(
    sqsBatch(fn, { concurrency: 2 }),
    observed((fact, call) => {
      const { error, ...rest } = fact;
      facts.push({
        ...rest,
        ...("record" in call ? { on: (call.record as { messageId: string }).messageId } : {}),
      });
    }),
  );
  await clock.run(
    batch(sqsEvent([0, 1, 2, 3], ["a", "b", "b", "a"]), rootCall({ runtime: clock, timeoutMs: 500 })),
  );
  const record = { type: "batch.record", source: "sqs" };
  expect(facts).toEqual([
    { ...record, identifier: "m-0", on: "m-0", outcome: "ok", durationMs: 10 },
    { ...record, identifier: "m-1", on: "m-1", outcome: "failed", durationMs: 10 },
    { ...record, identifier: "m-3", on: "m-3", outcome: "ok", durationMs: 10 },
    { ...record, identifier: "m-2", on: "m-2", outcome: "not-started", durationMs: 0 },
    {
      type: "batch.done",
      source: "sqs",
      records: 4,
      ok: 2,
      setAside: 0,
      failed: 1,
      notStarted: 1,
      unfinished: 0,
      repeated: 0,
      durationMs: 20,
    },
  ]);
});

test("a deadline found by asking, before its timer fired, makes one fact for each record", async () => {
  const clock = manualRuntime();
  const facts: unknown[] = [];
  const batch = wrap(
    sqsBatch(async () => clock.jump(60_000), { concurrency: 1 }),
    observed((fact) => facts.push(fact["identifier"] ?? fact.type)),
  );
  await clock.run(batch(sqsEvent([0, 1, 2]), rootCall({ runtime: clock, timeoutMs: 1_000 })));
  expect(facts).toEqual(["m-0", "m-1", "m-2", "batch.done"]);
});

test("wrong options are refused where they are given", () => {
  expect(() => sqsBatch(undefined as never)).toThrow(/first argument must be a function/);
  expect(() => sqsBatch(never, { concurrency: 0 })).toThrow(
    /concurrency must be a whole number of at least 1/,
  );
  expect(() => sqsBatch(never, { marginMs: -1 })).toThrow(/marginMs must be a number of at least 0/);
  expect(() => sqsBatch(never, { body: {} as never })).toThrow(/body must be a decoder/);
});

test("text() gives bodies as they are", async () => {
  const seen: string[] = [];
  const fn: Fn<string, void> = async (body) => void seen.push(body);
  await sqsBatch(fn, { body: text() })({ Records: [sqsRecord({ body: "{" })] }, rootCall());
  expect(seen).toEqual(["{"]);
});

test("inside idempotent a batch is refused: its remembered failures would be replayed for ever", async () => {
  let runs = 0;
  const wrongWayRound = idempotent(
    sqsBatch(async () => {
      runs += 1;
    }),
    { store: memoryStore(), operation: "batch", key: () => "1" },
  );
  await expect(wrongWayRound({ Records: [] }, rootCall())).rejects.toMatchObject({
    code: "BATCH_IN_UNIT",
    message: expect.stringContaining("sqsBatch(idempotent(fn, …))"),
  });
  expect(runs).toBe(0);
});
