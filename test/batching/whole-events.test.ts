import { rootCall } from "holdfast";
import { eventBridgeEvents, s3Events, snsEvents } from "holdfast/batching";
import { expect, test } from "vitest";
import { eventBridgeEvent, s3Event, snsEvent } from "./fixtures/whole-events.ts";

test("all records are run, and then the call rejects with which of them failed, and why the first did", async () => {
  const ran: number[] = [];
  const why = new Error("no");
  const batch = snsEvents(async (n: number) => {
    ran.push(n);
    if (n > 1) throw n === 2 ? why : undefined;
  });
  await expect(batch(snsEvent([1, 2, 3, 4]), rootCall())).rejects.toMatchObject({
    code: "RECORDS_FAILED",
    identifiers: ["sns-1", "sns-2", "sns-3"],
    message: expect.stringContaining("3 of 4 records of sns did not succeed: sns-1, sns-2, sns-3."),
    cause: why,
  });
  expect(ran).toEqual([1, 2, 3, 4]);
});

test("nothing thrown is a failure as well", async () => {
  const batch = eventBridgeEvents(async () => {
    throw undefined;
  });
  await expect(batch(eventBridgeEvent({}), rootCall())).rejects.toMatchObject({
    identifiers: [eventBridgeEvent({}).id],
  });
});

test("many failures are counted, and ten of them named", async () => {
  const batch = snsEvents(async () => {
    throw new Error("no");
  });
  await expect(batch(snsEvent([...Array(12).keys()]), rootCall())).rejects.toThrow(/^12 of 12 .* sns-9, …\./);
});

test.each([
  ["a+b/%C3%BC+1%2B1.json", "a b/ü 1+1.json"],
  ["plain.json", "plain.json"],
  ["100%25", "100%"],
])("the S3 key %s is the object %s", async (key, expected) => {
  const seen: unknown[] = [];
  await s3Events(async (object) => void seen.push(object))(s3Event([key]), rootCall());
  expect(seen).toMatchObject([{ bucket: "logs", key: expected, kind: "ObjectCreated:Put", size: 1_024 }]);
});

test("a key that is not URL-encoded fails its record", async () => {
  await expect(s3Events(async () => {})(s3Event(["100%"]), rootCall())).rejects.toMatchObject({
    cause: { code: "BODY_INVALID" },
  });
});

test("a notification that comes twice in one event runs once", async () => {
  let runs = 0;
  const [record] = s3Event(["a"]).Records;
  const copies = { Records: [record, structuredClone(record)] };
  await s3Events(async () => {
    runs += 1;
  })(copies as never, rootCall());
  expect(runs).toBe(1);
});

test("two writes of one key are two", async () => {
  let runs = 0;
  await s3Events(async () => {
    runs += 1;
  })(s3Event(["a", "a"]), rootCall());
  expect(runs).toBe(2);
});

test("the event is the record of an EventBridge call", async () => {
  const seen: unknown[] = [];
  await eventBridgeEvents(async (detail: { n: number }, call) => {
    seen.push(detail.n, call.record["detail-type"]);
  })(eventBridgeEvent({ n: 5 }), rootCall());
  expect(seen).toEqual([5, "OrderPlaced"]);
});
