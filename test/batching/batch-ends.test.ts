import { type Call, type Fact, observed, rootCall, TerminalError, wrap, wrapHandler } from "holdfast";
import { snsEvents, sqsBatch, sqsFifoBatch } from "holdfast/batching";
import { fakeContext, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { snsEvent } from "./fixtures/whole-events.ts";
import { failedIds, sqsEvent } from "./sqs-fixtures.ts";

const never = (): Promise<never> => new Promise(() => {});

test("an event without records is answered at once, and nothing comes again", async () => {
  expect(failedIds(await sqsBatch(never)({ Records: [] }, rootCall()))).toEqual([]);
});

test.each([0, 1, 50])(
  "a batch whose records take %i turns leaves no timer on a call that goes on",
  async (turns) => {
    const clock = manualRuntime();
    const call = rootCall({ runtime: clock, timeoutMs: 60_000 });
    const batch = sqsBatch(async () => {
      for (let turn = 0; turn < turns; turn += 1) await undefined;
    });
    await batch(sqsEvent([1, 2, 3]), call);
    for (let turn = 0; turn < 100; turn += 1) await undefined;
    expect(clock.pendingTimers).toBe(0);
  },
);

test("a batch whose invocation has ended without it answers with what did not finish, and starts nothing more", async () => {
  const clock = manualRuntime();
  const ran: number[] = [];
  const batch = sqsBatch(
    async (n: number) => {
      ran.push(n);
      await never();
    },
    { concurrency: 1 },
  );
  let answer: ReturnType<typeof batch> | undefined;
  const handler = wrapHandler(async (_event: unknown, call: Call) => {
    answer = batch(sqsEvent([1, 2]), call);
    for (let turn = 0; turn < 50; turn += 1) await undefined;
  });
  await handler({}, fakeContext({ runtime: clock }));
  expect(failedIds(await (answer as NonNullable<typeof answer>))).toEqual(["m-0", "m-1"]);
  expect(ran).toEqual([1]);
});

test("the fact of a record that was set aside says why", async () => {
  const facts: Fact[] = [];
  const error = new TerminalError("no lines");
  const batch = wrap(
    sqsBatch(async () => Promise.reject(error), { poison: { to: async () => {} } }),
    observed((fact) => facts.push(fact)),
  );
  await batch(sqsEvent([1]), rootCall());
  expect(facts[0]).toMatchObject({ type: "batch.record", outcome: "set-aside", error });
});

test("a record that thaws after the answer is told of no second time", async () => {
  const clock = manualRuntime();
  const outcomes: unknown[] = [];
  const batch = wrap(
    sqsBatch(async () => new Promise<void>((resolve) => clock.setTimer(60_000, resolve))),
    observed((fact) => outcomes.push(fact["outcome"])),
  );
  await clock.run(wrapHandler(batch)(sqsEvent([1]), fakeContext({ runtime: clock })));
  await clock.advance(60_000);
  expect(outcomes).toEqual(["unfinished", undefined]);
});

test("when no record could start, the whole event's error says what kept the first from it", async () => {
  const call = rootCall({ runtime: manualRuntime(), timeoutMs: 0 });
  await expect(snsEvents(never)(snsEvent([1, 2]), call)).rejects.toMatchObject({
    code: "RECORDS_FAILED",
    identifiers: ["sns-0", "sns-1"],
    cause: { code: "DEADLINE_EXCEEDED" },
  });
});

test("at the very millisecond of the margin nothing starts any more", async () => {
  const clock = manualRuntime();
  const ran: number[] = [];
  const batch = sqsBatch(
    async (n: number) => {
      ran.push(n);
      for (let turn = 0; turn < 50; turn += 1) await undefined;
      clock.jump(800);
    },
    { concurrency: 1, marginMs: 200 },
  );
  const answer = await batch(sqsEvent([1, 2]), rootCall({ runtime: clock, timeoutMs: 1_000 }));
  expect(failedIds(answer)).toEqual(["m-1"]);
  expect(ran).toEqual([1]);
});

test("one record at a time: groups take turns, and one group's failure holds up no other", async () => {
  const ran: string[] = [];
  const batch = sqsFifoBatch(
    async (name: string) => {
      ran.push(name);
      if (name === "a1") throw new Error("no");
    },
    { concurrency: 1 },
  );
  const names = ["a1", "b1", "a2", "b2", "c1", "b3"];
  const answer = await batch(
    sqsEvent(
      names,
      names.map((name) => name.slice(0, 1)),
    ),
    rootCall(),
  );
  expect(failedIds(answer)).toEqual(["m-0", "m-2"]);
  expect(ran).toEqual(["a1", "b1", "c1", "b2", "b3"]);
});
