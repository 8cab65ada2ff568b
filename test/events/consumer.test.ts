import { type Call, hasCode, rootCall } from "holdfast";
import { sqsBatch } from "holdfast/batching";
import {
  defineEvent,
  eventDecoder,
  eventPublisher,
  onEvent,
  type ReceivedEvent,
  type WithEvent,
} from "holdfast/events";
import { describe, expect, test } from "vitest";
import { fakeBus } from "./fake-bus.ts";

const paid = defineEvent({
  source: "payments",
  type: "Paid",
  version: 2,
  schema: {
    type: "object",
    additionalProperties: false,
    required: ["cents"],
    properties: { cents: { type: "integer", minimum: 1 } },
  },
});
const meta = { id: "pay-1", correlationId: "order-1", causationId: "order-placed-1", version: 2 };
const envelope = {
  version: "0",
  id: "7bf73129-1428-4cd3-a780-95db273d1602",
  "detail-type": "Paid",
  source: "payments",
  account: "123456789012",
  time: "2026-11-23T05:18:00Z",
  region: "eu-central-1",
  resources: [],
  detail: { cents: 100, _meta: meta },
};
const info = {
  id: "pay-1",
  source: "payments",
  type: "Paid",
  version: 2,
  time: "2026-11-23T05:18:00Z",
  correlationId: "order-1",
  causationId: "order-placed-1",
};

const echo = onEvent(paid, async (detail, call: Call & WithEvent) => ({ detail, event: call.event }));

async function refusalOf(event: unknown): Promise<unknown> {
  let ran = false;
  const fn = onEvent(paid, async () => {
    ran = true;
  });
  const error: unknown = await fn(event as never, rootCall()).catch((reason: unknown) => reason);
  expect(ran).toBe(false);
  return error;
}

describe("onEvent", () => {
  test("gives the function the detail without _meta, and what the event says of itself on the call", async () => {
    expect(await echo(envelope, rootCall())).toEqual({ detail: { cents: 100 }, event: info });
  });

  test("takes what the publisher sent, after its way over the bus", async () => {
    const bus = fakeBus();
    await eventPublisher({ transport: bus, busName: "b" }).publishOne(
      paid.of({ cents: 5 }, { id: "pay-2", correlationId: "order-2" }),
      rootCall(),
    );
    const [entry] = bus.taken;
    const delivered = { ...envelope, detail: JSON.parse(entry?.Detail ?? "") };
    expect(await echo(delivered, rootCall())).toMatchObject({
      detail: { cents: 5 },
      event: { id: "pay-2", correlationId: "order-2", causationId: undefined },
    });
  });

  test("counts an event of another publisher as the definition's version, with EventBridge's id", async () => {
    expect(await echo({ ...envelope, detail: { cents: 1 } }, rootCall())).toMatchObject({
      event: { id: envelope.id, correlationId: envelope.id, version: 2 },
    });
  });

  test("leaves members of _meta alone that it does not know yet", async () => {
    const detail = { cents: 1, _meta: { ...meta, traceparent: "00-…" } };
    expect(await echo({ ...envelope, detail }, rootCall())).toMatchObject({ detail: { cents: 1 } });
  });

  test.each([
    ["source", { source: "billing" }, "billing"],
    ["type", { "detail-type": "Refunded" }, "Refunded"],
    ["version", { detail: { cents: 1, _meta: { ...meta, version: 1 } } }, "version 1"],
  ])("refuses another %s for good, and names it", async (_, change, says) => {
    const error = await refusalOf({ ...envelope, ...change });
    expect(error).toMatchObject({ code: "EVENT_UNEXPECTED", retryable: false });
    expect(String(error)).toContain(says);
  });

  test.each([
    ["an SQS event", { Records: [{ body: JSON.stringify(envelope) }] }, "sqsBatch"],
    ["an HTTP request", { version: "2.0", requestContext: {}, body: "{}" }, "HTTP"],
    ["the bare detail, as an input transformer makes it", envelope.detail, "input transformer"],
    ["nothing", undefined, "no object"],
    ["null", null, "no object"],
  ])("refuses %s, and says what to do", async (_, event, says) => {
    const error = await refusalOf(event);
    expect(error).toMatchObject({ code: "EVENT_UNEXPECTED", retryable: false });
    expect(String(error)).toContain(says);
  });

  test("refuses a detail that does not fit, for good, with every problem and no value", async () => {
    const error = await refusalOf({ ...envelope, detail: { cents: -77.5, extra: "secret", _meta: meta } });
    expect(error).toMatchObject({ code: "EVENT_INVALID", retryable: false });
    expect((error as { problems: { path: string }[] }).problems.map(({ path }) => path).sort()).toEqual([
      "/cents",
      "/cents",
      "/extra",
    ]);
    expect(String(error)).not.toMatch(/secret|77/);
  });

  test.each([
    ["is no object", 5, "/_meta"],
    ["is null", null, "/_meta"],
    ["has no id", { correlationId: "c", version: 2 }, "/_meta/id"],
    ["has an id that is not text", { ...meta, id: { a: 1 } }, "/_meta/id"],
    ["has no version", { id: "a", correlationId: "c" }, "/_meta/version"],
    ["has a wrong causation", { ...meta, causationId: 5 }, "/_meta/causationId"],
  ])("refuses a _meta that %s", async (_, wrong, path) => {
    const error = await refusalOf({ ...envelope, detail: { cents: 1, _meta: wrong } });
    expect(error).toMatchObject({ code: "EVENT_INVALID", problems: [{ path }] });
  });
});

describe("eventDecoder", () => {
  const decoder = eventDecoder(paid);

  test("reads the envelope that a rule puts into a queue", async () => {
    expect(await decoder.decode(JSON.stringify(envelope))).toEqual({ ...info, detail: { cents: 100 } });
  });

  test.each(["", "not json", '{"detail":', "\u0000"])(
    "refuses a body that is no JSON (%j), without quoting it",
    async (body) => {
      const error: unknown = await decoder.decode(body).catch((reason: unknown) => reason);
      expect(hasCode(error, "EVENT_INVALID")).toBe(true);
      if (body !== "") expect(String(error)).not.toContain(body);
    },
  );

  test("refuses JSON that is no such event", async () => {
    await expect(decoder.decode("[]")).rejects.toMatchObject({ code: "EVENT_UNEXPECTED" });
    await expect(decoder.decode('"text"')).rejects.toMatchObject({ code: "EVENT_UNEXPECTED" });
  });
});

test("in a batch, a wrong event fails its own record only", async () => {
  const bodies = [
    envelope,
    { ...envelope, source: "billing" },
    { ...envelope, detail: { cents: 0 } },
    envelope,
  ];
  const handled: number[] = [];
  const consume = sqsBatch(
    async (event: ReceivedEvent<{ cents: number }>) => {
      handled.push(event.detail.cents);
    },
    { body: eventDecoder(paid) },
  );
  const Records = bodies.map((body, n) => ({
    messageId: `m${n}`,
    body: JSON.stringify(body),
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:eu-central-1:123456789012:payments",
    attributes: { ApproximateReceiveCount: "1" },
  }));
  const answer = await consume({ Records } as never, rootCall());
  expect(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).sort()).toEqual(["m1", "m2"]);
  expect(handled).toEqual([100, 100]);
});
