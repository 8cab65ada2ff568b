import { type Call, rootCall, sleep, wrap, wrapHandler } from "holdfast";
import { eventTimeWindow, tumblingWindow, type WindowFields } from "holdfast/batching";
import { fakeContext, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { kinesisEvent, kinesisRecord } from "./fixtures/kinesis.ts";

/** Fields: AWS Lambda Developer Guide, "Implementing stateful Kinesis Data Streams processing in Lambda"; values are our own. */
function fields(given: Partial<WindowFields> = {}): WindowFields {
  return {
    window: { start: "2026-11-01T00:00:00Z", end: "2026-11-01T00:02:00Z" },
    state: {},
    isFinalInvokeForWindow: false,
    isWindowTerminatedEarly: false,
    ...given,
  };
}

const final = fields({ isFinalInvokeForWindow: true });

test("a record that is added at the very moment of the abort is not in the state, for it comes again", async () => {
  const clock = manualRuntime();
  const window = tumblingWindow({
    initial: () => 0,
    add: (sum: number, n: number, call) =>
      n === 1
        ? sum + n
        : new Promise<number>((resolve) => {
            call.signal.addEventListener("abort", () => resolve(sum + n));
          }),
    close: async () => {},
  });
  const event = { ...kinesisEvent([1, 2]), ...fields() };
  const answer = await clock.run(wrapHandler(window)(event, fakeContext({ runtime: clock })));
  expect(answer).toMatchObject({
    state: { value: 1, records: 1 },
    batchItemFailures: [{ itemIdentifier: event.Records[1]?.kinesis.sequenceNumber }],
  });
});

test("a hung close gives up marginMs before the deadline", async () => {
  const clock = manualRuntime();
  const window = tumblingWindow({
    initial: () => 0,
    add: (sum, n: number) => sum + n,
    close: () => new Promise(() => {}),
    marginMs: 300,
  });
  const beganMs = clock.now();
  const answer = wrapHandler(window)(
    { ...kinesisEvent([1]), ...final },
    fakeContext({ runtime: clock, timeoutMs: 1_000 }),
  );
  await expect(clock.run(answer)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(clock.now() - beganMs).toBe(700);
});

test("what a close leaves running is refused by wrapped calls", async () => {
  let left: Call | undefined;
  const effects: string[] = [];
  const effect = wrap(async (name: string, _call: Call) => void effects.push(name));
  const window = tumblingWindow({
    initial: () => 0,
    add: (sum, n: number) => sum + n,
    close: async (_sum, _window, call) => {
      left = call;
    },
  });
  await window({ ...kinesisEvent([1]), ...final }, rootCall());
  await expect(effect("late", left as Call)).rejects.toMatchObject({ code: "CALL_ENDED" });
  expect(effects).toEqual([]);
});

test("a window without a shard's id has an id all the same", async () => {
  const ids: string[] = [];
  const window = tumblingWindow({
    initial: () => 0,
    add: (sum, n: number) => sum + n,
    close: async (_sum, { id }) => void ids.push(id),
  });
  const event = kinesisEvent([1]);
  await window({ ...event, ...final }, rootCall());
  expect(ids).toEqual([`shard/2026-11-01T00:00:00Z/${event.Records[0]?.kinesis.sequenceNumber}`]);
});

test.each<[string, object, string]>([
  ["a window without an end", { window: { start: "2026-11-01T00:00:00Z" } }, "WRONG_EVENT"],
  ["no word on whether it is the last", { isFinalInvokeForWindow: undefined }, "WRONG_EVENT"],
  ["a state that has counted, and does not say how far", { state: { records: 1 } }, "WINDOW_STATE_INVALID"],
  ["a state that says how far, and has not counted", { state: { last: "1" } }, "WINDOW_STATE_INVALID"],
])("an event with %s is refused before anything runs", async (_name, given, code) => {
  const added: number[] = [];
  const window = tumblingWindow({
    initial: () => 0,
    add: (sum: number, n: number) => added.push(sum + n),
    close: async () => {},
  });
  const answer = window({ ...kinesisEvent([1]), ...fields(), ...given } as never, rootCall());
  await expect(answer).rejects.toMatchObject({ code });
  expect(added).toEqual([]);
});

function perSecond(options: { readonly latenessMs?: number } = {}) {
  const closed: [number, number][] = [];
  const late: number[] = [];
  const window = eventTimeWindow({
    lengthMs: 1_000,
    ...options,
    timeOf: ({ atMs }: { readonly atMs: number }) => atMs,
    initial: () => 0,
    add: (clicks) => clicks + 1,
    close: async (clicks, { startMs }) => void closed.push([startMs, clicks]),
    late: async ({ atMs }) => void late.push(atMs),
  });
  const run = async (times: readonly number[]) =>
    window(
      {
        Records: times.map((atMs, index) => kinesisRecord(index, JSON.stringify({ atMs }), "k")),
        ...fields(),
      },
      rootCall(),
    );
  return { run, closed, late };
}

test("times before the epoch have their windows, and the first of them is not late", async () => {
  const { run, closed, late } = perSecond();
  const { state } = await run([-1_500, -1_001, -900]);
  expect([closed, late]).toEqual([[[-2_000, 2]], []]);
  expect(state).toMatchObject({ value: { watermarkMs: -900, windows: { "-1000": 1 } } });
});

test("a record whose window's end is the watermark is late, and one a millisecond after it is not", async () => {
  const { run, closed, late } = perSecond({ latenessMs: 500 });
  await run([1_500, 999, 1_000]);
  expect([closed, late]).toEqual([[], [999]]);
});

test("windows that one record closes are closed in the order of their time", async () => {
  const { run, closed } = perSecond({ latenessMs: 5_000 });
  // As large as today's: a JavaScript object keeps smaller numbers in order by itself.
  const [one, two, three] = [1_700_000_001_000, 1_700_000_002_000, 1_700_000_003_000] as const;
  await run([three, one, two, one + 8_000]);
  expect(closed).toEqual([
    [one, 1],
    [two, 1],
    [three, 1],
  ]);
});

test("when the close of a later window rejects, the record comes again, and both are closed under the ids they had", async () => {
  const ids: string[] = [];
  let refuses = true;
  const window = eventTimeWindow({
    lengthMs: 1_000,
    latenessMs: 5_000,
    timeOf: ({ atMs }: { readonly atMs: number }) => atMs,
    initial: () => 0,
    add: (clicks) => clicks + 1,
    close: async (_clicks, { id, startMs }) => {
      if (startMs === 1_000 && refuses) throw new Error("the table is gone");
      ids.push(id);
    },
  });
  const Records = [0, 1_000, 9_000].map((atMs, index) => kinesisRecord(index, JSON.stringify({ atMs }), "k"));
  const first = await window({ Records, ...fields() }, rootCall());
  refuses = false;
  const state = JSON.parse(JSON.stringify(first.state));
  await window({ Records: Records.slice(2), ...fields({ state }) }, rootCall());
  expect(first.batchItemFailures).toEqual([{ itemIdentifier: Records[2]?.kinesis.sequenceNumber }]);
  expect(ids).toEqual([ids[0], ids[0], ids[2]]);
});

test.each([
  [{ lengthMs: 0 }, /lengthMs must be a number of at least 1/],
  [{ latenessMs: -1 }, /latenessMs must be a number of at least 0/],
  [{ timeOf: undefined }, /timeOf must be a function/],
  [{ late: "drop" }, /late must be a function/],
  [{ lengthMS: 5 }, /there is no option "lengthMS"/],
])("wrong options of a window of event time are refused where they are given: %j", (wrong, message) => {
  const options = {
    lengthMs: 1_000,
    timeOf: () => 0,
    initial: () => 0,
    add: (sum: number) => sum,
    close: async () => sleep(rootCall(), 0),
  };
  expect(() => eventTimeWindow({ ...options, ...wrong } as never)).toThrow(message);
});
