import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { InvalidOptionError, rootCall } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { eventBridgeTransport } from "holdfast/aws/eventbridge";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, test } from "vitest";

interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}
interface Exchange {
  readonly target: string | undefined;
  readonly input: unknown;
  readonly signal: AbortSignal | undefined;
}

function text(body: string | Uint8Array): string {
  return typeof body === "string" ? body : new TextDecoder().decode(body);
}

/** The client's own HTTP layer, replaced: everything above it is the real client. */
function wire(answer: { readonly statusCode?: number; readonly body?: object } | "hang") {
  const exchanges: Exchange[] = [];
  const requestHandler = {
    async handle(request: unknown, options: { readonly abortSignal?: AbortSignal } = {}) {
      const { headers, body } = request as Request;
      exchanges.push({
        target: headers["x-amz-target"],
        input: JSON.parse(text(body)),
        signal: options.abortSignal,
      });
      if (answer === "hang") {
        return new Promise<never>((_, reject) => {
          options.abortSignal?.addEventListener("abort", () =>
            reject(Object.assign(new Error("Request aborted"), { name: "AbortError" })),
          );
        });
      }
      const { statusCode = 200, body: content = {} } = answer;
      const bytes = new TextEncoder().encode(JSON.stringify(content));
      return {
        response: { statusCode, headers: { "content-type": "application/x-amz-json-1.0" }, body: bytes },
      };
    },
  };
  const config = {
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
    requestHandler: requestHandler as never,
  };
  return { exchanges, config };
}

describe("the DynamoDB transport", () => {
  const Key = { id: { S: "a" } };
  const Put = { TableName: "t", Item: Key };
  test.each([
    ["GetItem", { TableName: "t", Key }],
    ["PutItem", Put],
    ["UpdateItem", { TableName: "t", Key }],
    ["DeleteItem", { TableName: "t", Key }],
    ["Query", { TableName: "t" }],
    ["Scan", { TableName: "t" }],
    ["BatchWriteItem", { RequestItems: { t: [{ PutRequest: { Item: Key } }] } }],
    ["TransactWriteItems", { TransactItems: [{ Put }], ClientRequestToken: "x" }],
  ])("sends %s as given and gives back the answer", async (operation, input) => {
    const { exchanges, config } = wire({ body: { ConsumedCapacity: { TableName: "t" } } });
    const answer = await dynamoDBTransport(new DynamoDBClient(config)).call(operation, input, rootCall());
    expect(exchanges).toMatchObject([{ target: `DynamoDB_20120810.${operation}`, input }]);
    expect(answer).toHaveProperty("$metadata");
  });

  test("passes a failed condition on with the item it carries", async () => {
    const { config } = wire({
      statusCode: 400,
      body: {
        __type: "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        message: "no",
        Item: Key,
      },
    });
    const work = dynamoDBTransport(new DynamoDBClient(config)).call("PutItem", Put, rootCall());
    await expect(work).rejects.toMatchObject({ name: "ConditionalCheckFailedException", Item: Key });
  });

  test("passes a cancelled transaction on with its reasons", async () => {
    const CancellationReasons = [{ Code: "ConditionalCheckFailed", Item: Key }, { Code: "None" }];
    const { config } = wire({
      statusCode: 400,
      body: { __type: "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", CancellationReasons },
    });
    const input = { TransactItems: [{ Put }] };
    const work = dynamoDBTransport(new DynamoDBClient(config)).call("TransactWriteItems", input, rootCall());
    await expect(work).rejects.toMatchObject({ name: "TransactionCanceledException", CancellationReasons });
  });

  test.each(["DropTable", "constructor", "toString"])(
    "has no operation %s, and says which it has",
    async (operation) => {
      const { exchanges, config } = wire({});
      const work = dynamoDBTransport(new DynamoDBClient(config)).call(operation, {}, rootCall());
      await expect(work).rejects.toMatchObject({ code: "INVALID_OPTION" });
      await expect(work).rejects.toThrow("GetItem, PutItem");
      expect(exchanges).toEqual([]);
    },
  );
});

test("the EventBridge transport puts events", async () => {
  const { exchanges, config } = wire({ body: { FailedEntryCount: 0, Entries: [{ EventId: "1" }] } });
  const transport = eventBridgeTransport(new EventBridgeClient(config));
  const entry = { Source: "a", DetailType: "b", Detail: "{}", EventBusName: "c", Time: new Date(5_000) };
  const answer = await transport.call("PutEvents", { Entries: [entry] }, rootCall());
  expect(exchanges).toMatchObject([
    { target: "AWSEvents.PutEvents", input: { Entries: [{ ...entry, Time: 5 }] } },
  ]);
  expect(answer).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: "1" }] });
});

test("a request stops when its call's time is up", async () => {
  const { exchanges, config } = wire("hang");
  const clock = manualRuntime();
  const call = rootCall({ runtime: clock, timeoutMs: 1_000 });
  const work = dynamoDBTransport(new DynamoDBClient(config)).call(
    "GetItem",
    { TableName: "t", Key: { id: { S: "a" } } },
    call,
  );
  const outcome = work.then(
    () => "answered",
    (error: Error) => error.name,
  );
  while (exchanges.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await clock.advance(1_000);
  expect(await outcome).toBe("AbortError");
  expect(clock.pendingTimers).toBe(0);
});

test("a call that is over sends nothing", async () => {
  const { exchanges, config } = wire({});
  const call = rootCall({ runtime: manualRuntime(), timeoutMs: 0 });
  const work = dynamoDBTransport(new DynamoDBClient(config)).call("GetItem", { TableName: "t" }, call);
  await expect(work).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  expect(exchanges).toEqual([]);
});

test("what is no client is refused where it is given", () => {
  expect(() => dynamoDBTransport({} as never)).toThrow(InvalidOptionError);
  expect(() => eventBridgeTransport(undefined as never)).toThrow("eventBridgeTransport");
});
