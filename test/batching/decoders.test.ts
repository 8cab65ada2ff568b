import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { type Fact, observed, rootCall, wrap } from "holdfast";
import {
  base64,
  bytes,
  type Decoder,
  dynamoStreamBatch,
  eventBridgeDetail,
  gzip,
  json,
  kafkaBatch,
  kinesisBatch,
  orNull,
  type StandardSchema,
  type StreamItem,
  snsMessage,
  sqsBatch,
  text,
  unmarshalled,
} from "holdfast/batching";
import { eventDecoder, jsonSchema } from "holdfast/events";
import { describe, expect, test } from "vitest";
import { streamRecord } from "./fixtures/dynamodb-stream.ts";
import { kafkaRecord, mskEvent } from "./fixtures/kafka.ts";
import { kinesisRecord } from "./fixtures/kinesis.ts";
import { eventBridgeEvent } from "./fixtures/whole-events.ts";
import { sqsRecord } from "./sqs-fixtures.ts";

/** What a queue's function gets of a body, or the error of its record. */
async function ofQueue<T>(decoder: Decoder<T>, body: string): Promise<unknown> {
  const seen: unknown[] = [];
  const batch = wrap(
    sqsBatch(async (input: T) => void seen.push(input), { body: decoder }),
    observed((fact: Fact) => void ("error" in fact && seen.push(fact["error"]))),
  );
  await batch({ Records: [sqsRecord({ body })] }, rootCall());
  return seen[0];
}

/** The same of Kinesis data. */
async function ofStream<T>(decoder: Decoder<T>, data: string | Buffer): Promise<unknown> {
  const seen: unknown[] = [];
  const record = kinesisRecord(1, "", "k");
  const sent = { ...record, kinesis: { ...record.kinesis, data: Buffer.from(data).toString("base64") } };
  const batch = kinesisBatch(async (input: T) => void seen.push(input), { body: decoder });
  await batch({ Records: [sent] }, rootCall());
  return seen[0];
}

const order = { orderId: "ö-1" };
const orderText = JSON.stringify(order);
const zipped = gzipSync(orderText);
const invalid = expect.objectContaining({ code: "BODY_INVALID", retryable: false });

describe("of a queue the body is its text", () => {
  test.each<[string, Decoder<unknown>, string, unknown]>([
    ["json", json(), orderText, order],
    ["text", text(), orderText, orderText],
    ["bytes", bytes(), "ö", Buffer.from("ö")],
    ["base64 of json", base64(json()), Buffer.from(orderText).toString("base64"), order],
    ["base64 of a URL", base64(text()), Buffer.from("??>>").toString("base64url"), "??>>"],
    ["base64 in lines, as mail has it", base64(text()), "aGVs\r\nbG8=\r\n", "hello"],
    ["gzip of json", gzip(json()), zipped.toString("base64"), order],
    ["gzip of bytes", gzip(bytes()), zipped.toString("base64"), Buffer.from(orderText)],
    [
      "an SNS notification",
      snsMessage(json()),
      JSON.stringify({ Type: "Notification", Message: orderText }),
      order,
    ],
    ["an EventBridge event", eventBridgeDetail(), JSON.stringify(eventBridgeEvent(order)), order],
    [
      "an SNS notification of gzip",
      snsMessage(gzip(json())),
      JSON.stringify({ Type: "Notification", Message: zipped.toString("base64") }),
      order,
    ],
  ])("%s", async (_name, decoder, body, expected) => {
    expect(await ofQueue(decoder, body)).toEqual(expected);
  });

  test.each<[string, Decoder<unknown>, string]>([
    ["text that is not JSON", json(), "secret{"],
    ["what is not gzip", gzip(json()), "secret"],
    ["what is not base64", base64(text()), "the secret!"],
    ["base64 of letters it does not have", base64(bytes()), "secrät"],
    ["gzip that becomes too much", gzip(json(), { maxBytes: 5 }), zipped.toString("base64")],
    ["a raw delivery where a notification was expected", snsMessage(json()), '"secret"'],
    ["null where a notification was expected", snsMessage(json()), "null"],
    ["another JSON where an event was expected", eventBridgeDetail(), '{"secret":1}'],
  ])("%s fails its record, and the error does not quote it", async (_name, decoder, body) => {
    const error = await ofQueue(decoder, body);
    expect(error).toEqual(invalid);
    expect(String(error)).not.toContain("secret");
  });
});

describe("of a stream the body is its data, without base64", () => {
  test.each<[string, Decoder<unknown>, string | Buffer, unknown]>([
    ["json", json(), orderText, order],
    ["bytes", bytes(), Buffer.from([0, 255]), Buffer.from([0, 255])],
    ["gzip of json", gzip(json()), zipped, order],
    ["gzip of gzip", gzip(gzip(json())), gzipSync(zipped), order],
    ["base64 inside", base64(json()), Buffer.from(orderText).toString("base64"), order],
  ])("%s", async (_name, decoder, data, expected) => {
    expect(await ofStream(decoder, data)).toEqual(expected);
  });
});

test.each<[string, Decoder<unknown>, Buffer]>([
  ["text in Latin-1", text(), Buffer.from("Müller", "latin1")],
  ["JSON in Latin-1", json(), Buffer.from('{"name":"Müller"}', "latin1")],
  ["gzip for which no decoder was given", text(), zipped],
  ["gzip of what is no text", gzip(text()), gzipSync(Buffer.from([0xff, 0xfe]))],
])("%s fails its record: it would come with other letters than it has", async (_name, decoder, data) => {
  const written: unknown[] = [];
  const record = kinesisRecord(1, "", "k");
  const sent = { ...record, kinesis: { ...record.kinesis, data: data.toString("base64") } };
  const to = async ({ reason }: { readonly reason: unknown }) => void written.push(reason);
  await kinesisBatch(async () => {}, { body: decoder, poison: { to } })({ Records: [sent] }, rootCall());
  expect(written).toMatchObject([{ kind: "terminal", code: "BODY_INVALID" }]);
});

test("text that holds the sign for unreadable bytes itself is text", async () => {
  expect(await ofStream(text(), "a\ufffdb")).toBe("a\ufffdb");
});

test("any JSON comes through base64 and gzip as it was, on a queue and on a stream", async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      const data = gzipSync(JSON.stringify(value));
      const same = JSON.parse(JSON.stringify(value));
      expect(await ofQueue(gzip(json()), data.toString("base64"))).toEqual(same);
      expect(await ofStream(gzip(json()), data)).toEqual(same);
    }),
    { numRuns: 50 },
  );
});

test("a Kafka tombstone is null to orNull, and a failure to json", async () => {
  const seen: unknown[] = [];
  const event = mskEvent({ "orders.v1-0": [kafkaRecord(0, 7, null)] });
  const response = await kafkaBatch(async (value: number | null) => void seen.push(value), {
    body: orNull(json()),
  })(event, rootCall());
  expect([seen, response]).toEqual([[null], { batchItemFailures: [] }]);
  const failed = await kafkaBatch(async () => {})(event, rootCall());
  expect(failed).toEqual({
    batchItemFailures: [{ itemIdentifier: { partition: "orders.v1-0", offset: 7 } }],
  });
});

/** Accepts numbers, and gives them doubled. */
const doubled = (isAsync: boolean): StandardSchema<number> => {
  const judge = (value: unknown) =>
    typeof value === "number"
      ? { value: value * 2 }
      : { issues: [{ message: `expected number, received ${String(value)}`, path: ["lines", { key: 0 }] }] };
  return {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: (value) => (isAsync ? Promise.resolve(judge(value)) : judge(value)),
    },
  };
};

test.each([false, true])("the function gets what a schema makes of the body (async: %s)", async (isAsync) => {
  expect(await ofQueue(json(doubled(isAsync)), "21")).toBe(42);
  expect(await ofQueue(eventBridgeDetail(doubled(isAsync)), JSON.stringify(eventBridgeEvent(21)))).toBe(42);
});

test("what a schema refuses fails its record, with its place, and without the schema's words", async () => {
  const error = await ofQueue(json(doubled(false)), '"secret"');
  expect(error).toEqual(invalid);
  expect(String(error)).toContain("lines.0");
  expect(String(error)).not.toContain("secret");
});

test("a JSON Schema is such a schema, checked by ajv", async () => {
  const schema = jsonSchema({
    type: "object",
    properties: { orderId: { type: "string" } },
    required: ["orderId"],
  });
  expect(await ofQueue(json(schema), orderText)).toEqual(order);
  expect(String(await ofQueue(json(schema), '{"orderId":5}'))).toContain("orderId");
});

test("what is no schema, or no decoder, is refused where it is given", () => {
  expect(() => json({} as never)).toThrow(/must follow Standard Schema/);
  expect(() => gzip(undefined as never)).toThrow(/takes the decoder of what is inside/);
  expect(() => gzip(json(), { maxBytes: 0 })).toThrow(/maxBytes must be/);
  expect(() => jsonSchema({ $async: true } as never)).toThrow(/\$async/);
  expect(() => eventDecoder(undefined as never)).toThrow(/takes an event definition/);
});

/** What the function gets of an item, or that it failed. */
async function ofItem(image: StreamItem, options: Parameters<typeof unmarshalled>[0] = {}): Promise<unknown> {
  let seen: unknown = "failed";
  const batch = dynamoStreamBatch(
    async ({ after }) => {
      seen = after;
    },
    { item: unmarshalled(options) },
  );
  await batch({ Records: [streamRecord(1, "k", image)] }, rootCall());
  return seen;
}

test("an item of a stream has plain values", async () => {
  const image: StreamItem = {
    id: { S: "k" },
    cents: { N: "1.50" },
    paid: { BOOL: false },
    note: { NULL: true },
    raw: { B: "AP8=" },
    tags: { SS: ["a"] },
    sizes: { NS: ["1", "2"] },
    blobs: { BS: ["AA=="] },
    lines: { L: [{ M: { qty: { N: "-3" } } }] },
    __proto__x: { S: "y" },
  };
  expect(await ofItem(image)).toEqual({
    id: "k",
    cents: 1.5,
    paid: false,
    note: null,
    raw: Buffer.from([0, 255]),
    tags: new Set(["a"]),
    sizes: new Set([1, 2]),
    blobs: new Set([Buffer.from([0])]),
    lines: [{ qty: -3 }],
    __proto__x: "y",
  });
});

test.each<[string, unknown]>([
  ["9007199254740991", 9_007_199_254_740_991],
  ["9007199254740993", 9_007_199_254_740_993n],
  ["-99999999999999999999999999999999999999", -99999999999999999999999999999999999999n],
  ["9007199254740992", 9_007_199_254_740_992n],
  ["1234567890123450000", 1_234_567_890_123_450_000n],
  ["0.8314159265358979", 0.8314159265358979],
  ["0.30000000000000004", 0.1 + 0.2],
  ["1E+30", 1e30],
  ["0.000000000000000000001", 1e-21],
  ["1.2345678901234567890123456789012345678", "failed"],
  ["0.9999999999999999999", "failed"],
  ["9007199254740990.6", "failed"],
  ["4503599627370496.5", "failed"],
  ["1E+999", "failed"],
])("the number %s is not changed on the way: %s", async (digits, expected) => {
  const value = await ofItem({ n: { N: digits } });
  expect(value).toEqual(expected === "failed" ? "failed" : { n: expected });
  expect(await ofItem({ n: { N: digits } }, { numbers: "text" })).toEqual({ n: digits });
});

test("every number that JavaScript writes itself comes back as it was, whatever the form", async () => {
  const written = fc.double({ noDefaultInfinity: true, noNaN: true }).filter((n) => Math.abs(n) < 2 ** 53);
  await fc.assert(
    fc.asyncProperty(written, async (n) => {
      for (const digits of [String(n), n.toExponential(), `${n < 0 ? "-" : ""}0${String(Math.abs(n))}`])
        expect(await ofItem({ n: { N: digits } })).toEqual({ n: Number(digits) });
    }),
    { numRuns: 200 },
  );
});

test("numbers as texts are texts among the keys as well, so that a long one fails nothing", async () => {
  const seen: unknown[] = [];
  const id = { N: "0.12345678901234567890" };
  const record = { ...streamRecord(1, "k", { id }) };
  const changed = { ...record, dynamodb: { ...record.dynamodb, Keys: { id }, OldImage: undefined } };
  const batch = dynamoStreamBatch(async ({ keys, after }) => void seen.push(keys, after), {
    item: unmarshalled({ numbers: "text" }),
  });
  expect(await batch({ Records: [changed] }, rootCall())).toEqual({ batchItemFailures: [] });
  expect(seen).toEqual([{ id: id.N }, { id: id.N }]);
});

test("a change has its kind, its keys, and both images", async () => {
  const seen: unknown[] = [];
  const [record] = [streamRecord(1, "k", { id: { S: "k" }, n: { N: "2" } })];
  await dynamoStreamBatch(async (change) => void seen.push(change))({ Records: [record] }, rootCall());
  expect(seen).toEqual([
    { kind: "MODIFY", keys: { id: "k" }, before: { id: "k" }, after: { id: "k", n: 2 } },
  ]);
});
