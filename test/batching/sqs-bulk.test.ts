import fc from "fast-check";
import { type Call, type Fact, type Fn, observed, rootCall, sleep, wrap, wrapHandler } from "holdfast";
import { type BulkResult, sqsBulk } from "holdfast/batching";
import { fakeContext, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { failedIds, sqsEvent, sqsRecord } from "./sqs-fixtures.ts";

type Bulk = Fn<readonly number[], readonly BulkResult[], Call>;
const succeed: Bulk = async (inputs) => inputs.map(() => ({ ok: true }));
const never = (): Promise<never> => new Promise(() => {});

test("the function is called once, with all inputs in their order", async () => {
  const calls: unknown[] = [];
  const fn: Bulk = (inputs, call) => {
    calls.push(inputs);
    return succeed(inputs, call);
  };
  expect(await sqsBulk(fn)(sqsEvent([3, 1, 2]), rootCall())).toEqual({ batchItemFailures: [] });
  expect(calls).toEqual([[3, 1, 2]]);
});

test("an input that is not ok is reported, by its place in the answer", async () => {
  const fn: Bulk = async (inputs) =>
    inputs.map((n) => (n === 2 ? { ok: false, error: new Error("no") } : { ok: true }));
  expect(failedIds(await sqsBulk(fn)(sqsEvent([1, 2, 3]), rootCall()))).toEqual(["m-1"]);
});

test("a body that cannot be decoded is reported, and results still meet their inputs", async () => {
  const fn: Bulk = async (inputs) => inputs.map((n) => (n === 3 ? { ok: false, error: null } : { ok: true }));
  const event = sqsEvent([1, 2, 3, 4]);
  const spoilt = { Records: event.Records.map((one, n) => (n === 1 ? { ...one, body: "{" } : one)) };
  expect(failedIds(await sqsBulk(fn)(spoilt, rootCall()))).toEqual(["m-1", "m-2"]);
});

test("when nothing can be decoded the function is not called", async () => {
  let calls = 0;
  const fn: Bulk = (inputs, call) => {
    calls += 1;
    return succeed(inputs, call);
  };
  expect(failedIds(await sqsBulk(fn)({ Records: [sqsRecord({ body: "{" })] }, rootCall()))).toEqual(["m-1"]);
  expect(calls).toBe(0);
});

test.each([
  ["too few results", [{ ok: true }]],
  ["too many results", [{ ok: true }, { ok: true }, { ok: true }]],
  ["no list", undefined],
])("%s: all are reported, with an error that says so", async (_name, answer) => {
  const facts: Fact[] = [];
  const batch = wrap(
    sqsBulk((async () => answer) as unknown as Bulk),
    observed((fact) => facts.push(fact)),
  );
  expect(failedIds(await batch(sqsEvent([1, 2]), rootCall()))).toEqual(["m-0", "m-1"]);
  expect(facts[0]).toMatchObject({ outcome: "failed", error: { code: "BULK_ANSWER_MISMATCH" } });
});

test("a result that is none counts as failed", async () => {
  const fn = (async () => [{ ok: true }, null, { ok: "yes" }]) as unknown as Bulk;
  expect(failedIds(await sqsBulk(fn)(sqsEvent([1, 2, 3]), rootCall()))).toEqual(["m-1", "m-2"]);
});

test.each([null, undefined, new Error("no")])("throwing %s reports all", async (thrown) => {
  const fn: Bulk = async () => {
    throw thrown;
  };
  expect(failedIds(await sqsBulk(fn)(sqsEvent([1, 2]), rootCall()))).toEqual(["m-0", "m-1"]);
});

test("of a FIFO group nothing is passed on after a body that cannot be decoded", async () => {
  const seen: number[] = [];
  const fn: Bulk = (inputs, call) => {
    seen.push(...inputs);
    return succeed(inputs, call);
  };
  const event = sqsEvent([0, 1, 2, 3], ["a", "b", "a", "b"]);
  const spoilt = { Records: event.Records.map((one, n) => (n === 0 ? { ...one, body: "{" } : one)) };
  expect(failedIds(await sqsBulk(fn)(spoilt, rootCall()))).toEqual(["m-0", "m-2"]);
  expect(seen).toEqual([1, 3]);
});

test("of a FIFO group everything after a failure comes again", async () => {
  const fn: Bulk = async (inputs) => inputs.map((n) => (n === 0 ? { ok: false, error: "no" } : { ok: true }));
  const event = sqsEvent([0, 1, 2, 3], ["a", "b", "a", "b"]);
  expect(failedIds(await sqsBulk(fn)(event, rootCall()))).toEqual(["m-0", "m-2"]);
});

test("a hung function does not cost the batch its answer", async () => {
  const clock = manualRuntime();
  const context = fakeContext({ runtime: clock, timeoutMs: 1_000 });
  expect(failedIds(await clock.run(wrapHandler(sqsBulk(never))(sqsEvent([1, 2]), context)))).toEqual([
    "m-0",
    "m-1",
  ]);
  expect(context.getRemainingTimeInMillis()).toBe(100);
  expect(clock.pendingTimers).toBe(0);
});

test("bodies decoded too late are not handed over", async () => {
  const clock = manualRuntime();
  const body = {
    decode: (text: string): Promise<string> =>
      new Promise((resolve) => clock.setTimer(850, () => resolve(text))),
  };
  const seen: string[] = [];
  const facts: Fact[] = [];
  const fn: Fn<readonly string[], readonly BulkResult[], Call> = async (inputs) => {
    seen.push(...inputs);
    return inputs.map(() => ({ ok: true }));
  };
  const handler = wrapHandler(
    sqsBulk(fn, { body }),
    observed((fact) => facts.push(fact)),
  );
  const response = await clock.run(handler(sqsEvent([1]), fakeContext({ runtime: clock, timeoutMs: 1_000 })));
  expect(failedIds(response)).toEqual(["m-0"]);
  expect(seen).toEqual([]);
  expect(facts[0]).toMatchObject({ outcome: "not-started", error: { code: "DEADLINE_EXCEEDED" } });
});

test("work that the function left running is refused by wrapped calls", async () => {
  const clock = manualRuntime();
  let refused: unknown;
  const effect = wrap(async (n: number) => n);
  const fn: Bulk = async (inputs, call) => {
    clock.setTimer(10, () => {
      refused = effect(1, call).catch((error: unknown) => error);
    });
    return succeed(inputs, call);
  };
  await sqsBulk(fn)(sqsEvent([1]), rootCall({ runtime: clock }));
  await clock.advance(10);
  expect(await refused).toMatchObject({ code: "CALL_ENDED" });
});

test("a function that heeds its call still says what it did", async () => {
  const clock = manualRuntime();
  const fn: Bulk = async (inputs, call) => {
    await sleep(call, 60_000).catch(() => {});
    return inputs.map((n) => (n === 1 ? { ok: true } : { ok: false, error: "not done" }));
  };
  const response = await clock.run(
    wrapHandler(sqsBulk(fn))(sqsEvent([1, 2]), fakeContext({ runtime: clock })),
  );
  expect(failedIds(response)).toEqual(["m-1"]);
});

test("every record is reported unless its own result is ok", async () => {
  const plans = fc.array(
    fc.record({
      body: fc.constantFrom("good", "good", "bad"),
      ok: fc.boolean(),
      group: fc.constantFrom("a", "b", "c"),
    }),
    { maxLength: 20 },
  );
  await fc.assert(
    fc.asyncProperty(plans, fc.boolean(), async (plan, fifo) => {
      const event = sqsEvent(
        plan.map((_, index) => index),
        fifo ? plan.map((one) => one.group) : [],
      );
      const spoilt = {
        Records: event.Records.map((one, n) => (plan[n]?.body === "bad" ? { ...one, body: "{" } : one)),
      };
      const fn: Bulk = async (inputs) =>
        inputs.map((n) => (plan[n]?.ok === true ? { ok: true } : { ok: false, error: "no" }));
      const reported = failedIds(await sqsBulk(fn)(spoilt, rootCall()));
      const broken = new Set<string>();
      const expected = plan.flatMap(({ body, ok, group }, index) => {
        if (body === "good" && ok && !(fifo && broken.has(group))) return [];
        broken.add(group);
        return [`m-${index}`];
      });
      expect(reported).toEqual(expected);
    }),
  );
});
