// Loaded beforehand: a manual clock does not wait for a module that is read from a disk.
import "ajv/dist/2020.js";
import fc from "fast-check";
import { InvalidOptionError, rootCall } from "holdfast";
import {
  defineEvent,
  type EventPublisherOptions,
  eventPublisher,
  type OutgoingEvent,
  type PublishResult,
} from "holdfast/events";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { clientFault, type FakeBusOptions, fakeBus, idOf } from "./fake-bus.ts";

const noted = defineEvent({
  source: "test",
  type: "Noted",
  version: 3,
  schema: { type: "object", required: ["text"], properties: { text: { type: "string" } } },
});

function events(count: number): OutgoingEvent[] {
  return Array.from({ length: count }, (_, n) => noted.of({ text: `${n}` }, { id: `e${n}` }));
}

interface Setting extends FakeBusOptions, Partial<EventPublisherOptions> {
  readonly timeoutMs?: number;
}

/** Publishes to a fake bus on a clock that does not wait, and checks what must hold whatever happens. */
async function published(sent: readonly OutgoingEvent[], setting: Setting = {}) {
  const bus = fakeBus(setting);
  const clock = manualRuntime();
  const { concurrency, maxAttempts, timeoutMs } = setting;
  const publisher = eventPublisher({
    transport: bus,
    busName: "OrderBus",
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
  });
  using call = rootCall({ runtime: clock, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  const results = await clock.run(publisher.publish(sent, call));
  expect(results).toHaveLength(sent.length);
  return { bus, clock, results };
}

function verdicts(results: readonly PublishResult[]): string[] {
  return results.map((result) => (result.ok ? result.id : `${result.id} ${result.error.code}`));
}

describe("what is sent", () => {
  test("is the detail with its id, correlation and version under one reserved member", async () => {
    const { bus } = await published([
      noted.of(
        { text: "a" },
        { id: "n-1", correlationId: "c-1", causationId: "n-0", time: new Date(5_000), resources: ["arn:a"] },
      ),
    ]);
    expect(bus.taken).toEqual([
      {
        EventBusName: "OrderBus",
        Source: "test",
        DetailType: "Noted",
        Time: new Date(5_000),
        Resources: ["arn:a"],
        Detail: '{"text":"a","_meta":{"id":"n-1","correlationId":"c-1","causationId":"n-0","version":3}}',
      },
    ]);
  });

  test("has a new id, which begins a correlation, and the time of the publish where none is given", async () => {
    const { bus, clock } = await published([noted.of({ text: "a" }), noted.of({ text: "b" })]);
    expect(bus.taken.map((entry) => JSON.parse(entry.Detail)._meta)).toEqual([
      { id: "id-1", correlationId: "id-1", version: 3 },
      { id: "id-2", correlationId: "id-2", version: 3 },
    ]);
    expect(bus.taken[0]?.Time).toEqual(new Date(clock.now()));
  });

  test("is the same bytes, id and time when it is sent again", async () => {
    const { bus } = await published([noted.of({ text: "a" })], {
      fate: (_, request) => (request < 3 ? { code: "ThrottlingException" } : "taken"),
    });
    expect(bus.requests).toHaveLength(3);
    expect(bus.requests[1]).toEqual(bus.requests[0]);
    expect(bus.requests[2]).toEqual(bus.requests[0]);
  });

  test("keeps a member named __proto__ as data", async () => {
    const open = defineEvent({ source: "test", type: "Open", version: 1, schema: { type: "object" } });
    const { bus } = await published([open.of(JSON.parse('{"__proto__":{"a":1}}'), { id: "n" })]);
    expect(bus.taken[0]?.Detail).toMatch(/^\{"__proto__":\{"a":1\},"_meta":/);
  });

  test("goes in tens", async () => {
    const { bus } = await published(events(25));
    expect(bus.requests.map((entries) => entries.length).sort()).toEqual([10, 10, 5]);
  });

  test("counts Resources in an entry's size", async () => {
    const resources = ["r".repeat(400_000)];
    const sent = ["a", "b", "c"].map((id) => noted.of({ text: id }, { id, resources }));
    const { bus, results } = await published(sent);
    expect(bus.requests.map((entries) => entries.length).sort()).toEqual([1, 2]);
    expect(verdicts(results)).toEqual(["a", "b", "c"]);
  });

  test("nothing, for no events", async () => {
    const { bus, results } = await published([]);
    expect(bus.requests).toEqual([]);
    expect(results).toEqual([]);
  });
});

describe("an event that cannot be published is refused in its own result, and the others go", () => {
  const good = events(2);
  const wrong: [string, OutgoingEvent, string][] = [
    // @ts-expect-error the type says so as well
    ["does not fit its schema", noted.of({ text: 5 }, { id: "w" }), "/text"],
    ["has NaN in it", noted.of({ text: "a", n: Number.NaN } as { text: string }, { id: "w" }), "/n"],
    [
      "uses the reserved member",
      noted.of({ text: "a", _meta: 1 } as { text: string }, { id: "w" }),
      "/_meta",
    ],
    ["has an empty id", noted.of({ text: "a" }, { id: "" }), "/_meta/id"],
    ["has an id too long for a key", noted.of({ text: "a" }, { id: "x".repeat(257) }), "/_meta/id"],
    ["has an invalid time", noted.of({ text: "a" }, { id: "w", time: new Date("never") }), ""],
    ["has resources that are no list", noted.of({ text: "a" }, { id: "w", resources: "arn" as never }), ""],
    ["was not made by a definition", { text: "a" } as never, ""],
    ["is nothing", undefined as never, ""],
  ];

  test.each(wrong)("when it %s", async (_, event, path) => {
    const { bus, results } = await published([...good.slice(0, 1), event, ...good.slice(1)]);
    expect(bus.taken.map(idOf)).toEqual(["e0", "e1"]);
    expect(results.map((result) => result.ok)).toEqual([true, false, true]);
    expect(results[1]).toMatchObject({
      error: { code: "EVENT_INVALID", retryable: false, problems: [{ path }] },
    });
  });

  test("when it is larger than a request can be", async () => {
    const large = noted.of({ text: "x".repeat(999_950) }, { id: "large" });
    const { bus, results } = await published([good[0], large, good[1]].filter((one) => one !== undefined));
    expect(bus.taken.map(idOf)).toEqual(["e0", "e1"]);
    expect(results[1]).toMatchObject({ id: "large", error: { code: "ENTRY_TOO_LARGE", retryable: false } });
  });

  test("when its schema is not usable", async () => {
    const broken = defineEvent({
      source: "test",
      type: "Broken",
      version: 1,
      schema: { type: "object", nope: 1 },
    });
    const { results } = await published([...good, broken.of({}, { id: "b" })]);
    expect(results.map((result) => result.ok)).toEqual([true, true, false]);
    expect(results[2]).toMatchObject({ error: { code: "INVALID_OPTION" } });
  });
});

describe("a failing bus", () => {
  test("has only the failed entries sent again, and results stand on the right events", async () => {
    const { bus, results } = await published(events(10), {
      fate: (entry, request) =>
        request === 1 && Number(idOf(entry).slice(1)) % 2 ? { code: "InternalFailure" } : "taken",
    });
    expect(bus.requests.map((entries) => entries.map(idOf))).toEqual([
      ["e0", "e1", "e2", "e3", "e4", "e5", "e6", "e7", "e8", "e9"],
      ["e1", "e3", "e5", "e7", "e9"],
    ]);
    expect(results).toEqual(events(10).map((_, n) => ({ ok: true, id: `e${n}`, eventId: `eb-e${n}` })));
  });

  test.each([
    "MalformedDetail",
    "InvalidArgument",
    "NotAuthorizedForSourceException",
    "AccessDeniedException",
    "SomethingNew",
  ])("that refuses an entry for good (%s) is not asked again", async (code) => {
    const { bus, results } = await published(events(3), {
      fate: (entry) => (idOf(entry) === "e1" ? { code } : "taken"),
    });
    expect(bus.requests).toHaveLength(1);
    expect(verdicts(results)).toEqual(["e0", "e1 EVENT_NOT_PUBLISHED", "e2"]);
    expect(results[1]).toMatchObject({ error: { reason: code, retryable: false } });
  });

  test("that throttles for ever is left after maxAttempts, and may be tried later", async () => {
    const { bus, results, clock } = await published(events(2), {
      maxAttempts: 3,
      fate: () => ({ code: "ThrottlingException" }),
    });
    expect(bus.requests).toHaveLength(3);
    expect(results).toMatchObject([
      {
        ok: false,
        id: "e0",
        error: { code: "EVENT_NOT_PUBLISHED", reason: "ThrottlingException", retryable: true },
      },
      { ok: false, id: "e1" },
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  test.each([1, 2, 3])(
    "that rejects request %d of three for good costs only its own entries",
    async (rejected) => {
      const error = clientFault("AccessDeniedException");
      const { bus, results } = await published(events(30), {
        concurrency: 1,
        breakdown: (request) => (request === rejected ? { when: "before", error } : undefined),
      });
      expect(bus.requests).toHaveLength(3);
      const failed = results.flatMap((result, n) => (result.ok ? [] : [n]));
      expect(failed).toEqual(Array.from({ length: 10 }, (_, n) => (rejected - 1) * 10 + n));
      expect(results[failed[0] ?? 0]).toMatchObject({
        error: { reason: "AccessDeniedException", retryable: false, cause: error },
      });
    },
  );

  test("that throttles a whole request has it sent again", async () => {
    const { results } = await published(events(3), {
      breakdown: (request) =>
        request === 1 ? { when: "before", error: clientFault("ThrottlingException") } : undefined,
    });
    expect(verdicts(results)).toEqual(["e0", "e1", "e2"]);
  });

  test("whose answer is lost after success gets the same ids again, never less than once", async () => {
    const { bus, results } = await published(events(3), {
      breakdown: (request) =>
        request === 1 ? { when: "after", error: new Error("socket hang up") } : undefined,
    });
    expect(bus.taken.map(idOf)).toEqual(["e0", "e1", "e2", "e0", "e1", "e2"]);
    expect(verdicts(results)).toEqual(["e0", "e1", "e2"]);
  });

  test.each([
    ["short", (results: readonly object[]) => results.slice(1)],
    ["long", (results: readonly object[]) => [...results, { EventId: "more" }]],
    ["with nothing", () => "nothing"],
  ])("that answers %s is never believed about any event of that request", async (_, tamper) => {
    const { results } = await published(events(3), { maxAttempts: 2, tamper });
    expect(results.map((result) => result.ok)).toEqual([false, false, false]);
    expect(results.map((result) => result.id)).toEqual(["e0", "e1", "e2"]);
  });

  test("that answers with neither id nor error for one entry gets that one again", async () => {
    const { bus, results } = await published(events(2), {
      tamper: (answer, request) => (request === 1 ? [answer[0], null] : undefined),
    });
    expect(bus.requests.map((entries) => entries.map(idOf))).toEqual([["e0", "e1"], ["e1"]]);
    expect(verdicts(results)).toEqual(["e0", "e1"]);
  });
});

test("a call that is over publishes nothing, and every event has its result", async () => {
  const { bus, results } = await published(events(12), { timeoutMs: 0 });
  expect(bus.requests).toEqual([]);
  expect(results.every((result) => !result.ok)).toBe(true);
});

test("a bus that never answers costs no event its result, nor the call its time", async () => {
  const clock = manualRuntime();
  const startedMs = clock.now();
  const transport = { call: () => new Promise<never>(() => {}) };
  const publisher = eventPublisher({ transport, busName: "b", concurrency: 1 });
  using call = rootCall({ runtime: clock, timeoutMs: 1_000 });
  const results = await clock.run(publisher.publish(events(12), call));
  expect(clock.now() - startedMs).toBe(1_000);
  expect(results.map((result) => (result.ok ? "ok" : result.error.code))).toEqual([
    ...Array(10).fill("ENTRY_OUTCOME_UNKNOWN"),
    ...Array(2).fill("ENTRY_NOT_SENT"),
  ]);
  expect(results.every((result) => !result.ok && result.error.retryable)).toBe(true);
});

test("a connection that breaks every time is no fault of the event, which may be published again", async () => {
  const error = new Error("connect ECONNREFUSED");
  const { results } = await published(events(1), {
    maxAttempts: 2,
    breakdown: () => ({ when: "before", error }),
  });
  expect(results).toMatchObject([
    { id: "e0", error: { code: "EVENT_NOT_PUBLISHED", retryable: true, cause: error } },
  ]);
});

test("every event has exactly one true result, in order, whatever fails", async () => {
  const fate = fc.constantFrom(
    "taken" as const,
    { code: "ThrottlingException" },
    { code: "MalformedDetail" },
  );
  const breakdown = fc.constantFrom(
    undefined,
    undefined,
    { when: "before" as const, error: new Error("reset") },
    { when: "after" as const, error: new Error("lost") },
    { when: "before" as const, error: clientFault("AccessDeniedException") },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { maxLength: 45 }),
      fc.infiniteStream(fate),
      fc.infiniteStream(breakdown),
      fc.integer({ min: 1, max: 4 }),
      async (validity, fates, breakdowns, concurrency) => {
        const sent = validity.map((valid, n) =>
          noted.of({ text: valid ? "a" : (n as never) }, { id: `e${n}` }),
        );
        const { bus, results } = await published(sent, {
          concurrency,
          maxAttempts: 3,
          fate: () => fates.next().value ?? "taken",
          breakdown: () => breakdowns.next().value,
        });
        const taken = new Set(bus.taken.map(idOf));
        results.forEach((result, n) => {
          expect(result.id).toBe(`e${n}`);
          if (!validity[n]) expect(result).toMatchObject({ error: { code: "EVENT_INVALID" } });
          if (result.ok) expect(taken).toContain(`e${n}`);
        });
        expect(bus.requests.every((entries) => entries.length <= 10)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

describe("publishOne", () => {
  test("gives the event's id", async () => {
    const publisher = eventPublisher({ transport: fakeBus(), busName: "b" });
    expect(await publisher.publishOne(noted.of({ text: "a" }, { id: "n-1" }), rootCall())).toBe("n-1");
  });

  test("rejects with the error of the result", async () => {
    const publisher = eventPublisher({ transport: fakeBus(), busName: "b" });
    const wrong = noted.of({ text: 1 as never });
    await expect(publisher.publishOne(wrong, rootCall())).rejects.toMatchObject({ code: "EVENT_INVALID" });
  });
});

test("wrong options are refused where they are given", () => {
  const transport = fakeBus();
  expect(() => eventPublisher({ transport: {} as never, busName: "b" })).toThrow(InvalidOptionError);
  expect(() => eventPublisher({ transport, busName: "" })).toThrow("busName");
  expect(() => eventPublisher({ transport, busName: "b", maxAttempts: 0 })).toThrow(InvalidOptionError);
});
