import type { EventBridgeHandler } from "aws-lambda";
import { type Call, type LambdaCall, wrap, wrapHandler } from "holdfast";
import { sqsBatch } from "holdfast/batching";
import {
  defineEvent,
  eventDecoder,
  eventPublisher,
  type OutgoingEvent,
  onEvent,
  type ReceivedEvent,
} from "holdfast/events";
import { expectTypeOf, test } from "vitest";

const paid = defineEvent({
  source: "payments",
  type: "Paid",
  version: 1,
  schema: { type: "object", required: ["cents"], properties: { cents: { type: "integer" } } },
});
const sent = defineEvent({ source: "a", type: "Sent", version: 1, schema: { type: "object" } });

test("the function's input and call are inferred from the definition", () => {
  onEvent(paid, async (detail, call) => {
    expectTypeOf(detail).toEqualTypeOf<{ cents: number }>();
    expectTypeOf(call.event.time).toEqualTypeOf<string>();
    return call.attempt;
  });
  // @ts-expect-error there is no such member
  onEvent(paid, async (detail) => detail.euros);
  // @ts-expect-error a function of something else
  onEvent(paid, async (detail: { euros: number }) => detail.euros);
});

test("a handler made of it is one of @types/aws-lambda's, and knows its context", () => {
  const handler: EventBridgeHandler<"Paid", { cents: number }, string> = wrapHandler(
    onEvent(paid, async (_detail, call: LambdaCall) => call.context.awsRequestId),
  );
  expectTypeOf(handler).toBeFunction();
});

test("a function that needs the event does not run without it", () => {
  const store = async (_detail: { cents: number }, call: Call & { event: { id: string } }): Promise<string> =>
    call.event.id;
  onEvent(paid, wrap(store));
  // @ts-expect-error nobody gives it the event
  wrapHandler(store);
});

test("events of several kinds are published together", () => {
  const publisher = eventPublisher({ transport: { call: async () => ({}) }, busName: "b" });
  const mixed = [paid.of({ cents: 1 }), sent.of({})];
  expectTypeOf(mixed).toExtend<readonly OutgoingEvent[]>();
  expectTypeOf(publisher.publish).parameter(0).toEqualTypeOf<readonly OutgoingEvent[]>();
  // @ts-expect-error a bare detail is no event
  publisher.publish([{ cents: 1 }]);
});

test("a batch takes the decoder, and its function the event", () => {
  sqsBatch(async (event: ReceivedEvent<{ cents: number }>) => event.detail.cents, {
    body: eventDecoder(paid),
  });
  // @ts-expect-error the decoder gives another event
  sqsBatch(async (event: ReceivedEvent<{ euros: number }>) => event.detail, { body: eventDecoder(paid) });
});

test("a decoded body is the event with its detail", async () => {
  const event = await eventDecoder(paid).decode("{}");
  expectTypeOf(event.detail).toEqualTypeOf<{ cents: number }>();
  expectTypeOf(event.time).toEqualTypeOf<string>();
});
