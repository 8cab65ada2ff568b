import {
  deadline,
  type Fn,
  HoldfastError,
  type LambdaCall,
  type Policy,
  report,
  rootCall,
  wrap,
  wrapHandler,
} from "holdfast";
import { type KinesisRecord, kinesisBatch, sqsBatch, sqsBulk } from "holdfast/batching";
import { idempotent } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { FIELD, type LoggedOptions, logged } from "holdfast/observability";
import { retry } from "holdfast/retry";
import { fakeContext, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { sqsEvent, sqsRecord } from "../batching/sqs-fixtures.ts";
import { eventBridgeEvent, httpRequest } from "./events.ts";

type Line = Record<string, unknown>;

function log(options: LoggedOptions = {}): { readonly lines: Line[]; readonly policy: Policy } {
  const lines: Line[] = [];
  return { lines, policy: logged({ write: (line) => lines.push(JSON.parse(line)), ...options }) };
}

/** Runs a handler behind logged() and gives its lines; a failure of the handler is expected to come through. */
async function linesOf(
  fn: Fn<never, unknown, LambdaCall>,
  event: unknown,
  options: LoggedOptions = {},
): Promise<readonly Line[]> {
  const clock = manualRuntime();
  const { lines, policy } = log(options);
  const handler = wrapHandler(fn, policy);
  const context = fakeContext({ runtime: clock, functionName: "orders", awsRequestId: "r-1" });
  await clock.run(handler(event as never, context).catch(() => {}));
  return lines;
}

test("a line has exactly these fields", async () => {
  const clock = manualRuntime({ startMs: Date.UTC(2026, 0, 1) });
  const { lines, policy } = log({ service: "orders" });
  const work = async (): Promise<void> => new Promise((resolve) => clock.setTimer(25, resolve));
  const context = fakeContext({ runtime: clock, functionName: "store-order", awsRequestId: "r-1" });
  await clock.run(wrapHandler(work, policy)(eventBridgeEvent() as never, context));
  expect(lines).toEqual([
    {
      timestamp: "2026-01-01T00:00:00.025Z",
      level: "INFO",
      service: "orders",
      function_name: "store-order",
      request_id: "r-1",
      correlation_id: "eb-1",
      event_type: "OrderPlaced",
      outcome: "ok",
      duration_ms: 25,
      attempt: 1,
      retries: 0,
      replayed: false,
    },
  ]);
});

test("a line is one line", async () => {
  const written: string[] = [];
  await linesOf(async () => "done", eventBridgeEvent(), {
    service: "a\nb",
    write: (line) => written.push(line),
  });
  expect(written).toHaveLength(1);
  expect(written[0]).not.toContain("\n");
});

test("a failure is logged with code and message, and comes through as it was", async () => {
  const error = new HoldfastError("NO_STOCK", "There is none left.");
  const { lines, policy } = log();
  const fail = wrap(async () => Promise.reject(error), policy);
  await expect(fail(undefined, rootCall())).rejects.toBe(error);
  expect(lines).toMatchObject([
    {
      level: "ERROR",
      outcome: "failed",
      error: { name: "HoldfastError", code: "NO_STOCK", message: "There is none left." },
    },
  ]);
});

test("a function that throws before its first await is logged like any other", async () => {
  const fail = (): never => {
    throw new Error("at once");
  };
  expect(await linesOf(fail, {})).toMatchObject([{ outcome: "failed", error: { message: "at once" } }]);
});

test.each([
  ["null", null, { name: "NonError", message: "null was thrown" }],
  ["undefined", undefined, { name: "NonError", message: "undefined was thrown" }],
  [
    "a text, which may be the payload",
    "4111",
    { name: "NonError", message: "a value of type string was thrown" },
  ],
  [
    "an object, which may be the payload",
    { card: "4111" },
    { name: "NonError", message: "a value of type object was thrown" },
  ],
  [
    "what cannot be read",
    new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
      },
    ),
    { name: "NonError", message: "what was thrown cannot be read" },
  ],
  [
    "an error of AWS",
    Object.assign(new Error("Rate exceeded"), { name: "ThrottlingException" }),
    { name: "ThrottlingException", message: "Rate exceeded" },
  ],
])("throwing %s", async (_name, thrown, expected) => {
  const fail = async (): Promise<never> => {
    throw thrown;
  };
  expect((await linesOf(fail, {}))[0]?.["error"]).toEqual(expected);
});

test("a long message is cut", async () => {
  const fail = async (): Promise<never> => {
    throw new Error("x".repeat(100_000));
  };
  expect(JSON.stringify(await linesOf(fail, {})).length).toBeLessThan(1_500);
});

test("the JSON parser's message, which quotes what it read, is not logged", async () => {
  const parse = async (): Promise<unknown> => JSON.parse("4111-secret");
  const lines = await linesOf(parse, httpRequest());
  expect(lines).toMatchObject([{ error: { name: "SyntaxError" } }]);
  expect(JSON.stringify(lines)).not.toContain("4111");
});

test("no payload is in a line", async () => {
  const lines = [
    ...(await linesOf(async () => ({ card: "4111" }), httpRequest())),
    ...(await linesOf(async () => "done", eventBridgeEvent({ card: "4111" }))),
    ...(await linesOf(
      sqsBatch(async () => "done"),
      sqsEvent([{ card: "4111" }]),
    )),
  ];
  expect(lines).toHaveLength(3);
  expect(JSON.stringify(lines)).not.toContain("4111");
});

test("round a batch there is a line for each record, and none for the invocation", async () => {
  const fn: Fn<number, void> = async (n) => {
    if (n === 2) throw new Error("no");
  };
  const event = {
    Records: [
      sqsRecord({ messageId: "m-0", body: "1" }),
      sqsRecord({ messageId: "m-1", body: "2", receives: 3 }),
      sqsRecord({ messageId: "m-2", body: "{" }),
    ],
  };
  const common = { function_name: "orders", request_id: "r-1", event_type: "aws:sqs" };
  const lines = await linesOf(sqsBatch(fn), event);
  // Each is written when its record ends, and one that cannot be decoded ends at once.
  expect(lines.toSorted((a, b) => (String(a["record_id"]) < String(b["record_id"]) ? -1 : 1))).toMatchObject([
    { ...common, record_id: "m-0", correlation_id: "m-0", outcome: "ok", attempt: 1 },
    { ...common, record_id: "m-1", outcome: "failed", attempt: 3, error: { message: "no" } },
    { ...common, record_id: "m-2", outcome: "failed", error: { code: "BODY_INVALID" } },
  ]);
});

test("round a stream's batch one line in a process asks for idempotent records", async () => {
  const record = {
    eventSource: "aws:kinesis",
    kinesis: { sequenceNumber: "1", partitionKey: "k", data: "MQ==" },
  };
  const batch = kinesisBatch(async () => {});
  const event = { Records: [record as KinesisRecord] };
  expect(await linesOf(batch, event)).toMatchObject([
    { level: "WARN", outcome: "warning", error: { code: "batch.repeats" } },
    { level: "INFO", outcome: "ok", record_id: "1" },
  ]);
  expect(await linesOf(batch, event)).toMatchObject([{ outcome: "ok" }]);
});

test("records that did not finish have their lines too", async () => {
  const never = (): Promise<never> => new Promise(() => {});
  expect(await linesOf(sqsBatch(never, { concurrency: 1 }), sqsEvent([1, 2]))).toMatchObject([
    { record_id: "m-0", level: "WARN", outcome: "unfinished", error: { code: "DEADLINE_EXCEEDED" } },
    { record_id: "m-1", level: "WARN", outcome: "not-started", error: { code: "DEADLINE_EXCEEDED" } },
  ]);
});

test("round a bulk function there is a line for each record", async () => {
  const fn = sqsBulk(async (inputs: readonly number[]) => inputs.map(() => ({ ok: true })));
  expect(await linesOf(fn, sqsEvent([1, 2]))).toMatchObject([{ record_id: "m-0" }, { record_id: "m-1" }]);
});

test("a batch that fails as a whole is one line", async () => {
  const lines = await linesOf(
    sqsBatch(async () => "done"),
    eventBridgeEvent(),
  );
  expect(lines).toMatchObject([
    { outcome: "failed", event_type: "OrderPlaced", error: { code: "WRONG_EVENT" } },
  ]);
});

test("an empty batch is no line", async () => {
  expect(
    await linesOf(
      sqsBatch(async () => "done"),
      { Records: [] },
    ),
  ).toEqual([]);
});

test("a record's correlation id is its own event's, not its neighbour's", async () => {
  const of = (correlationId: string): string =>
    JSON.stringify(eventBridgeEvent({ _meta: { correlationId } }));
  const event = {
    Records: [
      sqsRecord({ messageId: "m-0", body: of("c-0") }),
      sqsRecord({ messageId: "m-1", body: of("c-1") }),
    ],
  };
  expect(
    await linesOf(
      sqsBatch(async () => "done"),
      event,
    ),
  ).toMatchObject([
    { record_id: "m-0", correlation_id: "c-0", event_type: "OrderPlaced" },
    { record_id: "m-1", correlation_id: "c-1", event_type: "OrderPlaced" },
  ]);
});

test("round a record function there is one line for each record, by what was received", async () => {
  const { lines, policy } = log();
  const event = { Records: [sqsRecord({ receives: 2, body: JSON.stringify(eventBridgeEvent()) })] };
  const body = { decode: () => "decoded" };
  await sqsBatch(
    wrap(async () => "done", policy),
    { body },
  )(event, rootCall());
  expect(lines).toMatchObject([
    { correlation_id: "eb-1", event_type: "OrderPlaced", attempt: 2, outcome: "ok" },
  ]);
});

test("retries and replays are counted for the record that they belong to", async () => {
  const failures = new Map([[1, 2]]);
  const flaky = wrap(async (n: number) => {
    const left = failures.get(n) ?? 0;
    failures.set(n, left - 1);
    if (left > 0) throw new Error("busy");
  }, retry());
  const fn: Fn<number, void> = async (n, call) => {
    if (n === 2) report(call, { type: "idempotency.replayed", id: "x" });
    await flaky(n, call);
  };
  const lines = await linesOf(sqsBatch(fn), sqsEvent([0, 1, 2]));
  expect(
    Object.fromEntries(lines.map((line) => [line["record_id"], [line["retries"], line["replayed"]]])),
  ).toEqual({
    "m-0": [0, false],
    "m-1": [2, false],
    "m-2": [0, true],
  });
});

test("retries and replays of a single event are counted on its line", async () => {
  let failures = 2;
  const flaky = wrap(async () => {
    if (failures-- > 0) throw new Error("busy");
  }, retry());
  const lines = await linesOf(async (_event: never, call) => {
    report(call, { type: "idempotency.replayed", id: "x" });
    return flaky(undefined, call);
  }, {});
  expect(lines).toMatchObject([{ outcome: "ok", retries: 2, replayed: true }]);
});

test("interleaved invocations do not mix", async () => {
  const clock = manualRuntime();
  const { lines, policy } = log();
  const handler = wrapHandler(async (event: { readonly waitMs: number }, call) => {
    report(call, { type: "retry.attempt" });
    await new Promise<void>((resolve) => clock.setTimer(event.waitMs, resolve));
  }, policy);
  const started = [30, 10].map((waitMs, n) =>
    handler({ ...httpRequest({ "x-correlation-id": `c-${n}` }), waitMs }, fakeContext({ runtime: clock })),
  );
  await clock.run(Promise.all(started));
  expect(lines).toMatchObject([
    { correlation_id: "c-1", duration_ms: 10, retries: 1 },
    { correlation_id: "c-0", duration_ms: 30, retries: 1 },
  ]);
});

test("what the call says of its event goes before what the input looks like", async () => {
  const { lines, policy } = log();
  const call = Object.assign(rootCall(), { event: { correlationId: "c-9", type: "OrderPlaced" } });
  await wrap(async () => "done", policy)({ orderId: "o-1" }, call);
  expect(lines).toMatchObject([{ correlation_id: "c-9", event_type: "OrderPlaced" }]);
});

test("the options' own findings go first, and get the record in a batch", async () => {
  const options: LoggedOptions = {
    correlationId: (event) => `of ${(event as { messageId: string }).messageId}`,
    eventType: () => "Chosen",
    fields: () => ({ tenant: "t-1", size: 3, outcome: "forged" }),
  };
  expect(
    await linesOf(
      sqsBatch(async () => "done"),
      sqsEvent([1]),
      options,
    ),
  ).toMatchObject([
    { correlation_id: "of m-0", event_type: "Chosen", tenant: "t-1", size: 3, outcome: "ok" },
  ]);
});

test("fields that are no plain values are left out", async () => {
  const fields = (() => ({ deep: { card: "4111" }, big: 1n, ok: true })) as unknown as () => { ok: boolean };
  const [line] = await linesOf(async () => "done", {}, { fields });
  expect(line).toMatchObject({ ok: true });
  expect(Object.keys(line ?? {})).not.toEqual(expect.arrayContaining(["deep"]));
  expect(Object.keys(line ?? {})).not.toEqual(expect.arrayContaining(["big"]));
});

test("options that throw cost no line", async () => {
  const fail = (): never => {
    throw new Error("broken option");
  };
  const lines = await linesOf(async () => "done", eventBridgeEvent(), {
    correlationId: fail,
    eventType: fail,
    fields: fail,
  });
  expect(lines).toMatchObject([{ correlation_id: "eb-1", event_type: "OrderPlaced", outcome: "ok" }]);
});

test.each<[string, () => void]>([
  [
    "throws",
    () => {
      throw new Error("disk full");
    },
  ],
  [
    "rejects",
    async () => {
      throw new Error("disk full");
    },
  ],
])("a write that %s does not reach the caller", async (_name, write) => {
  const handler = wrapHandler(
    sqsBatch(async () => "done"),
    logged({ write }),
    deadline({ reserveMs: 1 }),
  );
  expect(await handler(sqsEvent([1]), fakeContext())).toEqual({ batchItemFailures: [] });
});

test("field names are one list, and no two are equal", () => {
  const names = Object.values(FIELD);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
});

test("wrong options are refused where they are given", () => {
  expect(() => logged({ write: "stdout" as never })).toThrow(/write must be a function/);
  expect(() => logged({ fields: {} as never })).toThrow(/fields must be a function/);
});

test("a line says of an idempotent function which record it met, in which state, under which fence, and how old", async () => {
  const lines: Record<string, unknown>[] = [];
  const clock = manualRuntime();
  let runs = 0;
  const charge = wrap(
    idempotent(
      async (_: { readonly id: string }) => {
        if (++runs === 1) throw new Error("bank is down");
        return runs;
      },
      { store: memoryStore(), operation: "charge", key: ({ id }) => id },
    ),
    logged({ write: (line) => void lines.push(JSON.parse(line)) }),
  );
  const deliver = () => charge({ id: "1" }, rootCall({ runtime: clock })).catch(() => {});
  await deliver();
  clock.jump(500);
  await deliver();
  clock.jump(700);
  await deliver();
  const first = Number(lines[0]?.["idempotency_fence"]);
  expect(
    lines.map((line) => [
      line["idempotency_state"],
      Number(line["idempotency_fence"]) - first,
      line["idempotency_age_ms"],
      line["replayed"],
    ]),
  ).toEqual([
    ["RELEASED", 0, undefined, false],
    ["COMPLETED", 1, 500, false],
    ["COMPLETED", 1, 700, true],
  ]);
  const ids = new Set(lines.map((line) => line["idempotency_id"]));
  expect([...ids]).toEqual([expect.stringMatching(/^charge#[\w-]{43}$/)]);
});
