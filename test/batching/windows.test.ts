import fc from "fast-check";
import { observed, rootCall, sleep, TerminalError, wrap, wrapHandler } from "holdfast";
import {
  type ClosedWindow,
  dynamoTumblingWindow,
  type EventTimeWindow,
  eventTimeWindow,
  type KinesisWindowEvent,
  tumblingWindow,
  type WindowFields,
} from "holdfast/batching";
import { fakeContext, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { streamEvent } from "./fixtures/dynamodb-stream.ts";
import { kinesisEvent, kinesisRecord } from "./fixtures/kinesis.ts";

/** Fields: AWS Lambda Developer Guide, "Implementing stateful Kinesis Data Streams processing in Lambda"; values are our own. */
function fields(given: Partial<WindowFields> = {}): WindowFields {
  return {
    window: { start: "2026-11-01T00:00:00Z", end: "2026-11-01T00:02:00Z" },
    state: {},
    shardId: "shardId-000000000006",
    eventSourceARN: "arn:aws:kinesis:eu-central-1:000000000000:stream/clicks",
    isFinalInvokeForWindow: false,
    isWindowTerminatedEarly: false,
    ...given,
  };
}

interface Closed {
  readonly sum: number;
  readonly window: ClosedWindow;
}

function summing(options: { readonly fails?: (n: number) => boolean; readonly closes?: boolean } = {}) {
  const closed: Closed[] = [];
  const window = tumblingWindow({
    initial: () => ({ sum: 0 }),
    add: ({ sum }, n: number) => {
      if (options.fails?.(n) === true) throw new Error("no");
      return { sum: sum + n };
    },
    close: async ({ sum }, about) => {
      if (options.closes === false) throw new Error("the table is gone");
      closed.push({ sum, window: about });
    },
  });
  return { window, closed };
}

test("the state goes from one invocation to the next, and is closed with the last", async () => {
  const { window, closed } = summing();
  const { Records } = kinesisEvent([1, 2, 3]);
  const first = await window({ Records: Records.slice(0, 2), ...fields() }, rootCall());
  expect(first.batchItemFailures).toEqual([]);
  const state = JSON.parse(JSON.stringify(first.state));
  const second = await window({ Records: Records.slice(2), ...fields({ state }) }, rootCall());
  const last = await window(
    { Records: [], ...fields({ state: second.state, isFinalInvokeForWindow: true }) },
    rootCall(),
  );
  expect(last).toEqual({ state: {}, batchItemFailures: [] });
  expect(closed).toEqual([
    {
      sum: 6,
      window: {
        id: `shardId-000000000006/2026-11-01T00:00:00Z/${Records[2]?.kinesis.sequenceNumber}`,
        startMs: Date.parse("2026-11-01T00:00:00Z"),
        endMs: Date.parse("2026-11-01T00:02:00Z"),
        shardId: "shardId-000000000006",
        records: 3,
        isEarly: false,
      },
    },
  ]);
});

test("whatever fails, however the batch is cut: in the end each record is in one window's state once", async () => {
  const plan = fc.record({
    values: fc.array(fc.nat(100), { minLength: 1, maxLength: 20 }),
    cuts: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1 }),
    failures: fc.array(fc.boolean()),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ values, cuts, failures }) => {
      const left = [...failures];
      const { window, closed } = summing({ fails: () => left.shift() ?? false });
      let waiting = kinesisEvent(values).Records;
      let state: WindowFields["state"] = {};
      for (let turn = 0; waiting.length > 0; turn += 1) {
        const Records = waiting.slice(0, cuts[turn % cuts.length]);
        const answer = await window({ Records, ...fields({ state }) }, rootCall());
        state = JSON.parse(JSON.stringify(answer.state));
        const again = answer.batchItemFailures[0]?.itemIdentifier;
        const done = Records.findIndex(({ kinesis }) => kinesis.sequenceNumber === again);
        waiting = waiting.slice(done === -1 ? Records.length : done);
      }
      const final = fields({ state, isFinalInvokeForWindow: true });
      await window({ Records: [], ...final }, rootCall());
      expect(closed.map(({ sum }) => sum)).toEqual([values.reduce((a, b) => a + b)]);
    }),
  );
});

test("records of the last invocation are counted before it closes; a failure among them keeps the window open", async () => {
  const { window, closed } = summing({ fails: (n) => n === 3 });
  const event = kinesisEvent([1, 3]);
  const failed = await window({ ...event, ...fields({ isFinalInvokeForWindow: true }) }, rootCall());
  expect(failed.batchItemFailures).toHaveLength(1);
  expect(failed.state).toMatchObject({ value: { sum: 1 } });
  expect(closed).toEqual([]);
});

test("an early end is a part of its window, and the parts of a window have different ids", async () => {
  const { window, closed } = summing();
  const early = { isFinalInvokeForWindow: true, isWindowTerminatedEarly: true };
  const [one, two] = kinesisEvent([1, 2]).Records;
  await window({ Records: [one as never], ...fields(early) }, rootCall());
  await window({ Records: [two as never], ...fields(early) }, rootCall());
  expect(closed.map(({ window: { isEarly } }) => isEarly)).toEqual([true, true]);
  expect(new Set(closed.map(({ window: { id } }) => id)).size).toBe(2);
});

test("an early end closes its part also when it is not called final: its state is neither lost nor counted again", async () => {
  const { window, closed } = summing();
  const answer = await window(
    { ...kinesisEvent([1, 2]), ...fields({ isWindowTerminatedEarly: true }) },
    rootCall(),
  );
  expect(answer).toEqual({ state: {}, batchItemFailures: [] });
  expect(closed).toMatchObject([{ sum: 3, window: { isEarly: true } }]);
});

test("a window without a record is not closed", async () => {
  const { window, closed } = summing();
  await window({ Records: [], ...fields({ isFinalInvokeForWindow: true }) }, rootCall());
  expect(closed).toEqual([]);
});

test("a close that rejects fails the invocation, which comes again with the same state and id", async () => {
  const { window } = summing({ closes: false });
  const event = { ...kinesisEvent([1]), ...fields({ isFinalInvokeForWindow: true }) };
  await expect(window(event, rootCall())).rejects.toThrow("the table is gone");
});

test("a hung close ends before the deadline, as a failure", async () => {
  const clock = manualRuntime();
  const window = tumblingWindow({
    initial: () => 0,
    add: (sum, n: number) => sum + n,
    close: () => new Promise(() => {}),
  });
  const event = { ...kinesisEvent([1]), ...fields({ isFinalInvokeForWindow: true }) };
  const answer = wrapHandler(window)(event, fakeContext({ runtime: clock, timeoutMs: 1_000 }));
  await expect(clock.run(answer)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(clock.pendingTimers).toBe(0);
});

test("what is added after the answer does not count, and comes again", async () => {
  const clock = manualRuntime();
  const window = tumblingWindow({
    initial: () => 0,
    add: async (sum: number, n: number, call) => {
      if (n === 2) await sleep(call, 60_000);
      return sum + n;
    },
    close: async () => {},
  });
  const event = { ...kinesisEvent([1, 2, 3]), ...fields() };
  const answer = await clock.run(wrapHandler(window)(event, fakeContext({ runtime: clock })));
  expect(answer).toMatchObject({
    state: { value: 1 },
    batchItemFailures: [{ itemIdentifier: event.Records[1]?.kinesis.sequenceNumber }],
  });
});

test("a state of more than 1 MiB is refused", async () => {
  const window = tumblingWindow({
    initial: () => "",
    add: (state, n: number) => state + "x".repeat(n),
    close: async () => {},
  });
  const event = (n: number): KinesisWindowEvent => ({ ...kinesisEvent([n]), ...fields() });
  await expect(window(event(1_048_576), rootCall())).rejects.toMatchObject({
    code: "WINDOW_STATE_TOO_LARGE",
  });
  await expect(window(event(1_000_000), rootCall())).resolves.toMatchObject({ batchItemFailures: [] });
});

test.each([
  ["a bigint", () => 5n],
  [
    "what holds itself",
    () => {
      const state: Record<string, unknown> = {};
      return Object.assign(state, { state });
    },
  ],
])("a state that is no JSON, as %s, is refused and says so", async (_name, add) => {
  const window = tumblingWindow<number, unknown>({ initial: () => 0, add, close: async () => {} });
  await expect(window({ ...kinesisEvent([1]), ...fields() }, rootCall())).rejects.toMatchObject({
    code: "WINDOW_STATE_INVALID",
    cause: expect.any(TypeError),
  });
});

test("a state is counted as the bytes that it has as JSON, up to the last", async () => {
  const window = tumblingWindow({
    initial: () => "",
    add: (_state, text: string) => text,
    close: async () => {},
  });
  const answered = async (text: string) => window({ ...kinesisEvent([text]), ...fields() }, rootCall());
  const empty = Buffer.byteLength(JSON.stringify((await answered("")).state));
  const left = 1_048_576 - empty;
  await expect(answered("x".repeat(left))).resolves.toBeDefined();
  await expect(answered("x".repeat(left + 1))).rejects.toMatchObject({ code: "WINDOW_STATE_TOO_LARGE" });
  await expect(answered("ü".repeat(Math.ceil((left + 1) / 2)))).rejects.toMatchObject({
    code: "WINDOW_STATE_TOO_LARGE",
  });
});

test("a record that is set aside is in no window, and does not stop it", async () => {
  const written: unknown[] = [];
  const window = tumblingWindow({
    initial: () => 0,
    add: (sum, n: number) => {
      if (n === 2) throw new TerminalError("no");
      return sum + n;
    },
    close: async () => {},
    poison: { to: async ({ payload }) => void written.push(payload) },
  });
  const answer = await window({ ...kinesisEvent([1, 2, 3]), ...fields() }, rootCall());
  expect(answer).toMatchObject({ state: { value: 4, records: 2 }, batchItemFailures: [] });
  expect(written).toHaveLength(1);
});

test.each([
  [
    "without a window",
    kinesisEvent([1]),
    "WRONG_EVENT",
    /a Kinesis event, \{ Records: .*, with window, .* needs TumblingWindowInSeconds/,
  ],
  [
    "with another's state",
    { ...kinesisEvent([1]), ...fields({ state: { total: 5 } }) },
    "WINDOW_STATE_INVALID",
    /none that/,
  ],
])("an event %s is refused before anything runs", async (_name, event, code, message) => {
  const { window } = summing();
  const answer = window(event as never, rootCall());
  await expect(answer).rejects.toMatchObject({ code });
  await expect(answer).rejects.toThrow(message);
});

test("changes of a table are counted in windows as well", async () => {
  const window = dynamoTumblingWindow({
    initial: () => 0,
    add: (sum, { kind }) => sum + (kind === "MODIFY" ? 1 : 100),
    close: async () => {},
  });
  const answer = await window({ ...streamEvent([1, 2]), ...fields() }, rootCall());
  expect(answer).toMatchObject({ state: { value: 2 }, batchItemFailures: [] });
});

interface Click {
  readonly atMs: number;
}

function perSecond(latenessMs: number) {
  const closed: [number, number, boolean][] = [];
  const late: number[] = [];
  const ids: string[] = [];
  const window = eventTimeWindow({
    lengthMs: 1_000,
    latenessMs,
    timeOf: (click: Click) => click.atMs,
    initial: () => 0,
    add: (clicks) => clicks + 1,
    close: async (clicks, { startMs, isComplete, id }: EventTimeWindow) => {
      closed.push([startMs, clicks, isComplete]);
      ids.push(id);
    },
    late: async ({ atMs }) => void late.push(atMs),
  });
  return { window, closed, late, ids };
}

const clicks = (times: readonly number[]) => ({
  Records: times.map((atMs, index) => kinesisRecord(index, JSON.stringify({ atMs }), "k")),
});

test("a window of event time is closed when the watermark passes its end, and not before", async () => {
  const { window, closed, late } = perSecond(500);
  const answer = await window({ ...clicks([100, 1_200, 900, 1_499, 1_500, 950]), ...fields() }, rootCall());
  expect(closed).toEqual([[0, 2, true]]);
  expect(late).toEqual([950]);
  expect(answer.state).toMatchObject({ value: { watermarkMs: 1_000, windows: { 1000: 3 } } });
});

test("what is open when the arrival window ends is closed as a part", async () => {
  const { window, closed } = perSecond(500);
  await window({ ...clicks([100, 1_200]), ...fields({ isFinalInvokeForWindow: true }) }, rootCall());
  expect(closed).toEqual([
    [0, 1, false],
    [1_000, 1, false],
  ]);
});

test("a record that comes late, where nobody takes it, is told", async () => {
  const facts: unknown[] = [];
  const counted = eventTimeWindow({
    lengthMs: 1_000,
    timeOf: ({ atMs }: { atMs: number }) => atMs,
    initial: () => 0,
    add: (count) => count + 1,
    close: async () => {},
  });
  const hear = observed((fact) => void (fact.type === "window.late" && facts.push(fact)));
  await wrap(counted, hear)({ ...clicks([5_000, 950]), ...fields() }, rootCall());
  expect(facts).toEqual([{ type: "window.late", source: "kinesis", startMs: 0, atMs: 950 }]);
});

test("every click is counted once, or late; parts of a window have ids of their own", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(9_999), { maxLength: 40 }), fc.nat(3_000), async (times, latenessMs) => {
      const { window, closed, late, ids } = perSecond(latenessMs);
      await window({ ...clicks(times), ...fields({ isFinalInvokeForWindow: true }) }, rootCall());
      const counted = closed.reduce((sum, [, count]) => sum + count, 0);
      expect(counted + late.length).toBe(times.length);
      expect(new Set(ids).size).toBe(ids.length);
      // The watermark never passes the end of a window that a record may still come to.
      times.forEach((atMs, index) => {
        const latest = Math.max(...times.slice(0, index + 1));
        if (latest - atMs <= latenessMs && late.includes(atMs)) {
          expect(times.slice(index + 1).includes(atMs) || times.indexOf(atMs) < index).toBe(true);
        }
      });
    }),
  );
});

test("a record without a time fails, and is not counted", async () => {
  const { window } = perSecond(0);
  const answer = await window({ ...clicks([Number.NaN]), ...fields() }, rootCall());
  expect(answer.batchItemFailures).toHaveLength(1);
});
