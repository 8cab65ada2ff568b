import fc from "fast-check";
import { expect, test } from "vitest";
import { eventFacts } from "../../src/observability/known-events.ts";
import { sqsRecord } from "../batching/sqs-fixtures.ts";
import { eventBridgeEvent, httpRequest } from "./events.ts";

const correlated = eventBridgeEvent({
  orderId: "o-1",
  _meta: { id: "e-1", correlationId: "c-1", version: 1 },
});
const attribute = { correlation_id: { dataType: "String", stringValue: "from-attribute" } };

test.each<[string, unknown, string | undefined, string | undefined]>([
  ["our own event carries its correlation id", correlated, "c-1", "OrderPlaced"],
  ["someone else's event is known by EventBridge's id", eventBridgeEvent(), "eb-1", "OrderPlaced"],
  ["our own event inside a message", sqsRecord({ body: JSON.stringify(correlated) }), "c-1", "OrderPlaced"],
  [
    "our own event's id goes before a message attribute",
    sqsRecord({ body: JSON.stringify(correlated), messageAttributes: attribute }),
    "c-1",
    "OrderPlaced",
  ],
  [
    "a message attribute goes before EventBridge's id",
    sqsRecord({ body: JSON.stringify(eventBridgeEvent()), messageAttributes: attribute }),
    "from-attribute",
    "OrderPlaced",
  ],
  [
    "EventBridge's id goes before the message's",
    sqsRecord({ body: JSON.stringify(eventBridgeEvent()) }),
    "eb-1",
    "OrderPlaced",
  ],
  ["a message that says nothing is known by its id", sqsRecord({ body: "plain" }), "m-1", "aws:sqs"],
  ["a broken body is a message that says nothing", sqsRecord({ body: '{"detail-type": ' }), "m-1", "aws:sqs"],
  [
    "a request's header, however it is written",
    httpRequest({ "X-Correlation-ID": "c-2" }),
    "c-2",
    "POST /orders",
  ],
  ["a request id is no correlation id", httpRequest(), undefined, "POST /orders"],
  [
    "a REST API's route",
    { httpMethod: "GET", resource: "/orders/{id}", path: "/orders/7", requestContext: {} },
    undefined,
    "GET /orders/{id}",
  ],
  [
    "the catch-all route keeps the method, and not the path",
    { ...httpRequest(), routeKey: "$default" },
    undefined,
    "POST $default",
  ],
  [
    "an S3 event is of its first record's source",
    { Records: [{ eventSource: "aws:s3", s3: {} }] },
    undefined,
    "aws:s3",
  ],
  [
    "a plain input says nothing",
    { orderId: "o-1", messageId: "x", source: "web", headers: { "x-correlation-id": "no" } },
    undefined,
    undefined,
  ],
  ["nothing", undefined, undefined, undefined],
])("%s", (_name, event, correlationId, eventType) => {
  expect(eventFacts(event)).toEqual({ correlationId, eventType });
});

test("a body beyond 256 KB is not parsed for the log's sake", () => {
  const large = eventBridgeEvent({ _meta: { correlationId: "c-1" }, text: "x".repeat(300_000) });
  expect(eventFacts(sqsRecord({ body: JSON.stringify(large) }))).toMatchObject({ correlationId: "m-1" });
});

test("what comes from outside is cut", () => {
  expect(eventFacts(httpRequest({ "x-correlation-id": "c".repeat(10_000) })).correlationId).toHaveLength(256);
});

test("no event makes it throw", () => {
  const odd = fc.oneof(
    fc.anything(),
    fc.record(
      {
        messageId: fc.anything(),
        body: fc.oneof(fc.anything(), fc.json(), fc.constant('{"detail-type":"x","detail":null}')),
        messageAttributes: fc.anything(),
        headers: fc.anything(),
        requestContext: fc.anything(),
        Records: fc.anything(),
        detail: fc.anything(),
        "detail-type": fc.anything(),
      },
      { requiredKeys: [] },
    ),
  );
  fc.assert(
    fc.property(odd, (event) => {
      const { correlationId = "", eventType = "" } = eventFacts(event);
      expect([typeof correlationId, typeof eventType]).toEqual(["string", "string"]);
    }),
  );
});
