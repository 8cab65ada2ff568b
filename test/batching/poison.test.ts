import { deriveCall, type Fact, observed, rootCall, sleep, TerminalError, wrap, wrapHandler } from "holdfast";
import {
  bulkSender,
  kinesisBatch,
  type PoisonedRecord,
  type SqsBatchOptions,
  type SqsRecord,
  snsEvents,
  sqsBatch,
  sqsFifoBatch,
} from "holdfast/batching";
import { fakeContext, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { kinesisEvent } from "./fixtures/kinesis.ts";
import { snsEvent } from "./fixtures/whole-events.ts";
import { failedIds, sqsEvent, sqsRecord } from "./sqs-fixtures.ts";

type Poison = NonNullable<SqsBatchOptions<number>["poison"]>;

const refuseTwo = async (n: number): Promise<void> => {
  if (n === 2) throw new TerminalError("the order has no lines");
};
const fail = async (): Promise<void> => {
  throw new Error("the bank is down");
};

function kept(): { poison: Poison; written: PoisonedRecord<SqsRecord>[] } {
  const written: PoisonedRecord<SqsRecord>[] = [];
  return { written, poison: { to: async (poisoned) => void written.push(poisoned) } };
}

test("a terminal error sets its record aside with reason, count, trace and payload, and acknowledges it", async () => {
  const { poison, written } = kept();
  const [one, two] = sqsEvent([1, 2]).Records;
  const traced = { ...two, attributes: { ...two?.attributes, AWSTraceHeader: "Root=1-2-3" } } as SqsRecord;
  const handler = wrapHandler(sqsBatch(refuseTwo, { poison }));
  const context = fakeContext({ runtime: manualRuntime(), awsRequestId: "request-1" });
  const response = await handler({ Records: [one as SqsRecord, traced] }, context);
  expect(failedIds(response)).toEqual([]);
  expect(written).toEqual([
    {
      source: "sqs",
      identifier: "m-1",
      reason: {
        kind: "terminal",
        name: "TerminalError",
        code: "TERMINAL",
        message: "the order has no lines",
      },
      attempts: 1,
      trace: "Root=1-2-3",
      requestId: "request-1",
      payload: "2",
      record: traced,
    },
  ]);
});

test("a body that cannot be decoded is set aside as well", async () => {
  const { poison, written } = kept();
  const event = { Records: [sqsRecord({ body: "{" })] };
  expect(failedIds(await sqsBatch(refuseTwo, { poison })(event, rootCall()))).toEqual([]);
  expect(written).toMatchObject([{ reason: { kind: "terminal", code: "BODY_INVALID" }, payload: "{" }]);
});

test.each([
  [1, ["m-1"], 0],
  [2, ["m-1"], 0],
  [3, [], 1],
  [4, [], 1],
])(
  "at receive %i of afterReceives 3 any failure: comes again %j, set aside %i",
  async (receives, failed, aside) => {
    const { poison, written } = kept();
    const batch = sqsBatch(fail, { poison: { ...poison, afterReceives: 3, maxReceiveCount: 5 } });
    const response = await batch({ Records: [sqsRecord({ receives })] }, rootCall());
    expect(failedIds(response)).toEqual(failed);
    expect(written).toHaveLength(aside);
    if (aside > 0) expect(written[0]).toMatchObject({ attempts: receives, reason: { kind: "receives" } });
  },
);

test.each<[unknown, string, string]>([
  [null, "a value of type null", ""],
  [undefined, "a value of type undefined", ""],
  ["text", "a value of type string", ""],
  [{ name: 5, code: 404, message: ["no"] }, "a value of type object", ""],
  [new RangeError("too many"), "RangeError", "too many"],
])("whatever was thrown (%s) can be written down: %s", async (thrown, name, message) => {
  const { poison, written } = kept();
  const fn = async (): Promise<void> => {
    throw thrown;
  };
  await sqsBatch(fn, { poison: { ...poison, afterReceives: 1 } })(sqsEvent([1]), rootCall());
  expect(written[0]?.reason).toEqual({ kind: "receives", name, code: undefined, message });
});

test("the record is acknowledged only after the write: until then it runs, and the answer waits", async () => {
  const clock = manualRuntime();
  const facts: unknown[] = [];
  const batch = wrap(
    sqsBatch(refuseTwo, {
      poison: {
        to: async (_poisoned, call) => {
          await sleep(call, 50);
        },
      },
    }),
    observed((fact) => facts.push([fact["identifier"], fact["outcome"], fact["durationMs"]])),
  );
  await clock.run(batch(sqsEvent([2]), rootCall({ runtime: clock })));
  expect(facts[0]).toEqual(["m-0", "set-aside", 50]);
});

test.each([
  ["rejects", async () => Promise.reject(new Error("queue gone"))],
  ["answers with a result that is not ok", async () => [{ ok: false, error: new Error("queue gone") }]],
])("a write that %s leaves the record to come again", async (_name, to) => {
  const facts: Fact[] = [];
  const batch = wrap(
    sqsBatch(refuseTwo, { poison: { to } }),
    observed((fact) => facts.push(fact)),
  );
  expect(failedIds(await batch(sqsEvent([2]), rootCall()))).toEqual(["m-0"]);
  expect(facts[0]).toMatchObject({
    outcome: "failed",
    error: {
      code: "POISON_NOT_WRITTEN",
      cause: { message: "queue gone" },
      recordError: { code: "TERMINAL" },
    },
  });
});

test.each([
  ["one result that is not ok", { ok: false as const, error: new Error("queue gone") }],
  ["the response of a server that failed", new Response("", { status: 503 })],
])("a write that answers with %s leaves the record to come again", async (_name, answer) => {
  const batch = sqsBatch(refuseTwo, { poison: { to: async () => answer } });
  expect(failedIds(await batch(sqsEvent([2]), rootCall()))).toEqual(["m-0"]);
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["one result that is ok", { ok: true }],
  ["what its client answered", { MessageId: "m" }],
])("a write that answers with %s has taken the record", async (_name, answer) => {
  const batch = sqsBatch(refuseTwo, { poison: { to: async () => answer } });
  expect(failedIds(await batch(sqsEvent([2]), rootCall()))).toEqual([]);
});

test.each([
  ["a target without an answer", { send: async () => [] }, ["m-0"]],
  ["a target that took it", { send: async () => [{ ok: true }] }, []],
])("%s", async (_name, to, failed) => {
  expect(failedIds(await sqsBatch(refuseTwo, { poison: { to } })(sqsEvent([2]), rootCall()))).toEqual(failed);
});

test("a bulk sender takes poison, and one that cannot send it leaves it where it is", async () => {
  const results = [{ ok: false as const, error: new Error("no"), retryable: false }];
  const sender = bulkSender<PoisonedRecord<SqsRecord>>({
    name: "aside",
    maxEntries: 10,
    maxBytes: 1_000,
    sizeOf: () => 1,
    send: async () => results,
  });
  const batch = sqsBatch(refuseTwo, { poison: { to: sender } });
  expect(failedIds(await batch(sqsEvent([2]), rootCall()))).toEqual(["m-0"]);
});

test("a record whose time was up is not set aside: it comes again", async () => {
  const clock = manualRuntime();
  const { poison, written } = kept();
  const late = sqsBatch(async (_n: number, call) => sleep(call, 60_000), {
    poison: { ...poison, afterReceives: 1 },
  });
  const response = await clock.run(wrapHandler(late)(sqsEvent([1]), fakeContext({ runtime: clock })));
  await clock.advance(100_000);
  expect(failedIds(response)).toEqual(["m-0"]);
  expect(written).toEqual([]);
});

test("tries of the whole batch are no receives: a message without a count has been received once", async () => {
  const { poison, written } = kept();
  const batch = wrap(sqsBatch(fail, { poison: { ...poison, afterReceives: 2 } }), {
    name: "second try",
    run: (_event, call, next) => next(deriveCall(call, { attempt: 2 })),
  });
  const uncounted = { ...sqsRecord(), attributes: {} } as SqsRecord;
  expect(failedIds(await batch({ Records: [uncounted] }, rootCall()))).toEqual(["m-1"]);
  expect(written).toEqual([]);
});

test("a hung write does not cost the batch its answer", async () => {
  const clock = manualRuntime();
  const to = (): Promise<never> => new Promise(() => {});
  const handler = wrapHandler(sqsBatch(refuseTwo, { poison: { to } }));
  const response = await clock.run(handler(sqsEvent([2, 1]), fakeContext({ runtime: clock })));
  expect(failedIds(response)).toEqual(["m-0"]);
});

test("a FIFO group goes on behind a message that was set aside", async () => {
  const ran: number[] = [];
  const fn = async (n: number): Promise<void> => {
    ran.push(n);
    await refuseTwo(n);
  };
  const { poison } = kept();
  const event = sqsEvent([1, 2, 3], ["a", "a", "a"]);
  expect(failedIds(await sqsFifoBatch(fn, { poison })(event, rootCall()))).toEqual([]);
  expect(ran).toEqual([1, 2, 3]);
});

test("a shard goes on behind a record that was set aside, and without poison it stops there", async () => {
  const to = async (): Promise<void> => {};
  const event = kinesisEvent([1, 2, 3]);
  const goesOn = await kinesisBatch(refuseTwo, { poison: { to } })(event, rootCall());
  expect(goesOn).toEqual({ batchItemFailures: [] });
  const stops = await kinesisBatch(refuseTwo)(event, rootCall());
  expect(stops).toEqual({
    batchItemFailures: [{ itemIdentifier: event.Records[1]?.kinesis.sequenceNumber }],
  });
});

test("a source without partial responses succeeds when its failures were set aside", async () => {
  const to = async (): Promise<void> => {};
  await expect(snsEvents(refuseTwo, { poison: { to } })(snsEvent([2]), rootCall())).resolves.toBeUndefined();
});

test.each([
  [{ to: undefined }, /poison.to must be a function, or a bulk sender/],
  [{ to: async () => {}, afterReceives: 0 }, /poison.afterReceives must be a whole number of at least 1/],
  [
    { to: async () => {}, afterReceives: 5, maxReceiveCount: 5 },
    /poison.afterReceives \(5\) must be below maxReceiveCount \(5\)/,
  ],
  [{ to: async () => {}, after: 5 }, /there is no option "after"/],
  [{ to: async () => {}, maxReceiveCount: 0 }, /poison.maxReceiveCount must be a whole number of at least 1/],
  [{ to: async () => {}, maxReceiveCount: 2.5 }, /poison.maxReceiveCount must be a whole number/],
])("wrong poison options are refused where they are given: %j", (poison, message) => {
  expect(() => sqsBatch(refuseTwo, { poison: poison as never })).toThrow(message);
});

test("only queues count receives: another source refuses afterReceives", () => {
  const poison = { to: async () => {}, afterReceives: 3 };
  expect(() => kinesisBatch(refuseTwo, { poison: poison as never })).toThrow(/no option "afterReceives"/);
});

test("a record that only waits, for another run or a circuit, is not set aside however often it was received", async () => {
  const { poison, written } = kept();
  const waits = async (): Promise<never> => {
    throw Object.assign(new Error("another run has the key"), { retryAfterMs: 1_000 });
  };
  const message = sqsRecord({ body: "1", receives: 7 });
  const batch = (fn: () => Promise<never>) => sqsBatch(fn, { poison: { ...poison, afterReceives: 3 } });
  expect(failedIds(await batch(waits)({ Records: [message] }, rootCall()))).toHaveLength(1);
  expect(written).toEqual([]);
  await batch(fail as () => Promise<never>)({ Records: [message] }, rootCall());
  expect(written).toHaveLength(1);
});

test("the error of a write that failed names both errors by their codes", async () => {
  const errors: unknown[] = [];
  const to = async (): Promise<never> => {
    throw Object.assign(new Error("secret"), { name: "AccessDenied" });
  };
  const seen = observed((fact) => void (fact.type === "batch.record" && errors.push(fact["error"])));
  await wrap(sqsBatch(refuseTwo, { poison: { to } }), seen)(sqsEvent([2]), rootCall());
  expect(errors).toMatchObject([
    { message: expect.stringMatching(/failed \(TERMINAL\), .* \(AccessDenied\)/) },
  ]);
});
