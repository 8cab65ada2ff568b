import { rootCall } from "holdfast";
import { type AwsTransport, dynamoDBTransport } from "holdfast/aws/dynamodb";
import { dynamoDBCheckpoints, dynamoDBEventStore, snapshots } from "holdfast/events/store";
import { memoryObjectStore } from "holdfast/object-store";
import { manualRuntime } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGate } from "../../../examples/local/faults/gate.ts";
import { awsSaysRetryable } from "../../../src/aws/aws-error.ts";
import { startTestDynamoDB, type TestDynamoDB } from "../../support/dynamodb.ts";
import { all, counted, counts, inMemoryDynamoDB, newEventTable, numberIn, reset } from "./subjects.ts";

const call = rootCall();

/** A transport that answers by a script, one entry a request, and keeps what it was asked. */
function scripted(...answers: readonly (object | Error)[]) {
  const requests: { readonly operation: string; readonly input: Record<string, unknown> }[] = [];
  const transport: AwsTransport = {
    async call(operation, input) {
      requests.push({ operation, input: input as Record<string, unknown> });
      const answer = answers[requests.length - 1] ?? {};
      if (answer instanceof Error) throw answer;
      return answer as Record<string, unknown>;
    },
  };
  return { requests, transport, store: dynamoDBEventStore({ transport, tableName: "Events" }) };
}

function cancelled(...CancellationReasons: readonly object[]): Error {
  return Object.assign(new Error("cancelled"), {
    name: "TransactionCanceledException",
    $fault: "client",
    CancellationReasons,
  });
}
const none = { Code: "None" };
const busy = { Code: "TransactionConflict" };

describe("an event's item", () => {
  test("is readable by people and by other programs", async () => {
    const { dynamo, store } = inMemoryDynamoDB();
    const runtime = manualRuntime({ startMs: 0 });
    const meta = { id: "i", correlationId: "c", causationId: "b", resources: ["arn:x"], time: new Date(1) };
    await store.append("order-17", 0, [reset.of({ why: "ß" }, meta)], rootCall({ runtime }));
    expect(dynamo.itemsOf("Events")).toEqual([
      {
        stream: { S: "order-17" },
        version: { N: "1" },
        v: { N: "1" },
        id: { S: "i" },
        source: { S: "test.counter" },
        type: { S: "Reset" },
        schemaVersion: { N: "2" },
        time: { S: "1970-01-01T00:00:00.001Z" },
        recordedAt: { S: "1970-01-01T00:00:00.000Z" },
        correlationId: { S: "c" },
        causationId: { S: "b" },
        resources: { L: [{ S: "arn:x" }] },
        appendedTo: { N: "1" },
        detail: { S: '{"why":"ß"}' },
      },
    ]);
  });

  test.each([
    ["another use of the table", { id: { S: "x" } }, /no whole number v/],
    ["a newer format", { v: { N: "2" }, id: { S: "x" } }, /format is 2/],
    ["a damaged detail", { detail: { S: "secret{" } }, /no JSON/],
  ])("that is %s is an error, and is not quoted", async (_what, change, message) => {
    const { dynamo, store } = inMemoryDynamoDB();
    await store.append("s", 0, counts([1]), call);
    const [item = {}] = dynamo.itemsOf("Events");
    const { v, ...rest } = item;
    const Item = { ...rest, ...("v" in change || "detail" in change ? { v } : {}), ...change };
    await dynamo.call("PutItem", { TableName: "Events", Item: JSON.parse(JSON.stringify(Item)) }, call);
    const error = await all(store.read("s", {}, call)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "STORED_EVENT_UNREADABLE", message: expect.stringMatching(message) });
    expect(String(error)).not.toContain("secret");
  });

  test("may have attributes that others have added", async () => {
    const { dynamo, store } = inMemoryDynamoDB();
    await store.append("s", 0, counts([1]), call);
    const [item] = dynamo.itemsOf("Events");
    await dynamo.call("PutItem", { TableName: "Events", Item: { ...item, note: { BOOL: true } } }, call);
    expect((await all(store.read("s", {}, call))).map(numberIn)).toEqual([1]);
  });
});

describe("an append that DynamoDB would refuse whole is refused before anything is sent", () => {
  const text = (length: number) => reset.of({ why: "x".repeat(length) });
  const tooLarge = (message: RegExp) => ({
    code: "EVENT_APPEND_TOO_LARGE",
    retryable: false,
    message: expect.stringMatching(message),
  });

  test("an event of more than 400 KB, which is named; one of 400 KB is sent", async () => {
    const { store, requests } = scripted();
    const room = 400 * 1024 - 400;
    await store.append("s", 0, [text(room)], call);
    expect(requests).toHaveLength(1);
    await expect(store.append("s", 0, [text(1), text(room + 400)], call)).rejects.toMatchObject(
      tooLarge(/^Event 2 of the append has \d+ bytes/),
    );
    expect(requests).toHaveLength(1);
  });

  test("more than 100 writes, of which the check of the version before is one", async () => {
    const { store, requests } = scripted();
    const many = (count: number) => counts([...Array(count).keys()]);
    await store.append("s", 0, many(100), call);
    await store.append("s", 1, many(99), call);
    expect(requests).toHaveLength(2);
    await expect(store.append("s", 0, many(101), call)).rejects.toMatchObject(tooLarge(/101 events/));
    await expect(store.append("s", 1, many(100), call)).rejects.toMatchObject(tooLarge(/100 events/));
    await expect(store.appending("s", 1, many(100), call)).rejects.toMatchObject(tooLarge(/100 events/));
    expect(requests).toHaveLength(2);
  });

  test("more than 4 MB", async () => {
    const { store, requests } = scripted();
    const large = Array.from({ length: 11 }, () => text(390_000));
    await expect(store.append("s", 0, large, call)).rejects.toMatchObject(tooLarge(/4194304 a transaction/));
    expect(requests).toHaveLength(0);
  });
});

describe("what is no conflict of versions", () => {
  test("transactions that meet are tried again, until one gets through", async () => {
    const { store, requests } = scripted(cancelled(busy), cancelled(busy), {});
    const clock = manualRuntime();
    const answer = await clock.run(store.append("s", 0, counts([1]), rootCall({ runtime: clock })));
    expect(answer).toMatchObject({ version: 1, isRepeat: false });
    expect(requests).toHaveLength(3);
    expect(requests[2]).toEqual(requests[0]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("those that go on meeting, and throttling, come through as AWS's errors, worth a retry", async () => {
    const throttled = cancelled({ Code: "ThrottlingError" }, none);
    for (const answers of [Array(10).fill(cancelled(busy)), [throttled]]) {
      const { store, requests } = scripted(...answers);
      const clock = manualRuntime();
      const append = store.append("s", 0, counts([1]), rootCall({ runtime: clock }));
      const error = await clock.run(append.catch((thrown: unknown) => thrown));
      expect(error).toMatchObject({ name: "TransactionCanceledException" });
      expect(awsSaysRetryable(error)).toBe(true);
      expect(requests).toHaveLength(answers.length === 1 ? 1 : 7);
    }
  });

  test("the wait between two of them ends with the call", async () => {
    const { store } = scripted(...Array(10).fill(cancelled(busy)));
    const clock = manualRuntime();
    const ending = rootCall({ runtime: clock, timeoutMs: 5 });
    const error = await clock.run(
      store.append("s", 0, counts([1]), ending).catch((thrown: unknown) => thrown),
    );
    expect(error).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("a refusal that shows one of its own events alone", () => {
  async function ownItem(events: ReturnType<typeof counts>) {
    const { dynamo, store } = inMemoryDynamoDB();
    await store.append("s", 0, events, call);
    return dynamo.itemsOf("Events");
  }

  test("is looked into: all of them are there, so it is a success", async () => {
    const events = counts([1, 2], "a");
    const Items = await ownItem(events);
    const refused = cancelled({ Code: "ConditionalCheckFailed", Item: Items[0] }, none);
    const { store, requests } = scripted(refused, { Items });
    expect(await store.append("s", 0, events, call)).toMatchObject({ version: 2, isRepeat: true });
    expect(requests.map(({ operation }) => operation)).toEqual(["TransactWriteItems", "Query"]);
  });

  test("is a conflict when the others are not", async () => {
    const events = counts([1, 2], "a");
    const Items = await ownItem(events.slice(0, 1));
    const refused = cancelled({ Code: "ConditionalCheckFailed", Item: Items[0] }, none);
    const { store } = scripted(refused, { Items });
    await expect(store.append("s", 0, events, call)).rejects.toMatchObject({
      code: "EVENT_STREAM_CONFLICT",
      foundVersion: 1,
      cause: refused,
    });
  });
});

describe("reading", () => {
  test("is consistent, whatever is read: a stream, its last version, a scan, a checkpoint", async () => {
    const { store, requests, transport } = scripted();
    await all(store.read("s", {}, call));
    const kept = snapshots({ objectStore: memoryObjectStore(), name: "n", version: 1 });
    await store.rebuild("s", { initial: 0, apply: () => 0, snapshots: kept }, call);
    await all(store.scan({}, call));
    await dynamoDBCheckpoints({ transport, tableName: "Checkpoints" }).read("f#1", "s", call);
    expect(requests.map(({ operation, input }) => [operation, input["ConsistentRead"]])).toEqual([
      ["Query", true],
      ["Query", true],
      ["Query", true],
      ["Scan", true],
      ["GetItem", true],
    ]);
  });

  test("asks for a page when the one before it is used up, and for none that nobody wants", async () => {
    const { dynamo, store } = inMemoryDynamoDB();
    await store.append("s", 0, counts([1, 2, 3, 4, 5, 6]), call);
    dynamo.asked.length = 0;
    const asked: number[] = [];
    for await (const event of store.read("s", { pageSize: 2 }, call)) {
      asked.push(dynamo.asked.length);
      if (event.version === 5) break;
    }
    expect(asked).toEqual([1, 1, 2, 2, 3]);
    expect(dynamo.asked).toEqual(["Query", "Query", "Query"]);
  });

  test("an event that stays missing is an error with its version, after the waits; none of those after it was given", async () => {
    const { dynamo, store } = inMemoryDynamoDB();
    await store.append("s", 0, counts([1]), call);
    await store.append("s", 1, counts([2]), call);
    await store.append("s", 2, counts([3]), call);
    dynamo.delete("Events", { stream: { S: "s" }, version: { N: "2" } });
    const clock = manualRuntime();
    const seen: number[] = [];
    async function readAll(): Promise<void> {
      for await (const event of store.read("s", {}, rootCall({ runtime: clock }))) seen.push(event.version);
    }
    const error = await clock.run(readAll().catch((thrown: unknown) => thrown));
    expect(error).toMatchObject({ code: "EVENT_STREAM_INCOMPLETE", missingVersion: 2, retryable: true });
    expect(seen).toEqual([1]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("half an append, as a restored table may have it, is an error, and is readable up to what came before", async () => {
    const { dynamo, store } = inMemoryDynamoDB();
    await store.append("s", 0, counts([1]), call);
    await store.append("s", 1, counts([2, 3]), call);
    dynamo.delete("Events", { stream: { S: "s" }, version: { N: "3" } });
    const clock = manualRuntime();
    const state = { initial: 0, apply: (n: number) => n + 1 };
    const rebuilt = store.rebuild("s", state, rootCall({ runtime: clock }));
    expect(await clock.run(rebuilt.catch((thrown: unknown) => thrown))).toMatchObject({
      code: "EVENT_STREAM_INCOMPLETE",
      missingVersion: 3,
    });
    expect(await store.rebuild("s", { ...state, asOf: { version: 1 } }, call)).toMatchObject({ version: 1 });
  });
});

describe("on the emulator, through the AWS client", () => {
  let dynamo: TestDynamoDB;
  beforeAll(async () => {
    dynamo = await startTestDynamoDB();
  });
  afterAll(() => dynamo.stop());

  test("an append whose reply is lost beneath the client's retry is there once, and is a success", async () => {
    let lost = 0;
    const proxy = await startGate({
      service: "dynamodb",
      target: dynamo.endpoint,
      decide({ operation }) {
        if (operation !== "TransactWriteItems" || lost > 0) return undefined;
        lost += 1;
        return { do: "lose-reply" };
      },
    });
    const transport = dynamoDBTransport(dynamo.clientFor(proxy.endpoint));
    const store = dynamoDBEventStore({ transport, tableName: await newEventTable(dynamo) });
    await store.append("s", 0, counts([1, 2]), call);
    // And again, as a run would that was told nothing: another command, so another token.
    const again = counts([3], "again");
    await store.append("s", 2, again, call);
    expect(await store.append("s", 2, again, call)).toMatchObject({ version: 3, isRepeat: true });
    expect((await all(store.read("s", {}, call))).map(numberIn)).toEqual([1, 2, 3]);
    expect(lost).toBe(1);
    await proxy.stop();
  });

  test("a stream of more than a megabyte is read and scanned in pages", async () => {
    const transport = dynamoDBTransport(dynamo.clientFor());
    const store = dynamoDBEventStore({ transport, tableName: await newEventTable(dynamo) });
    const large = (n: number) => counted.of({ n, filler: "x".repeat(300_000) } as never);
    for (const version of [0, 4, 8]) {
      await store.append(
        "s",
        version,
        [1, 2, 3, 4].map((n) => large(version + n)),
        call,
      );
    }
    expect((await all(store.read("s", {}, call))).map(numberIn)).toEqual(
      [...Array(12).keys()].map((n) => n + 1),
    );
    const pages = await all(store.scan({}, call));
    expect(pages.length).toBeGreaterThan(2);
    expect(pages.flatMap(({ events }) => events)).toHaveLength(12);
  });
});

test.each<[object, RegExp]>([
  [{}, /transport must be/],
  [{ transport: { call() {} } }, /tableName is missing/],
  [{ transport: { call() {} }, tableName: "T", table: "T" }, /there is no option "table"/],
])("a wrong option of the store is refused by name: %o", (options, message) => {
  expect(() => dynamoDBEventStore(options as never)).toThrow(message);
});
