import { type Call, rootCall } from "holdfast";
import { type AwsTransport, dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";

type Reply = object | Error;

/** A transport that replies as told, the last reply again and again, and notes what it was sent. */
function transportOf(...replies: readonly Reply[]) {
  const clock = manualRuntime();
  const sent: { operation: string; input: object; atMs: number; call: Call }[] = [];
  const startMs = clock.now();
  const transport: AwsTransport = {
    async call(operation, input, call) {
      sent.push({ operation, input, atMs: clock.now() - startMs, call });
      const reply = replies[Math.min(sent.length, replies.length) - 1] ?? {};
      if (reply instanceof Error) throw reply;
      return { ...reply };
    },
  };
  // Always the longest wait that chance can bring.
  const runtime = { ...clock, random: () => 1 };
  return {
    clock,
    sent,
    transport,
    call: rootCall({ runtime }),
    store: dynamoDBStore({ transport, tableName: "T" }),
  };
}

const named = (name: string, members: object = {}): Error =>
  Object.assign(new Error(name), { name }, members);
const cancelled = (...codes: readonly (string | undefined)[]): Error =>
  named("TransactionCanceledException", { CancellationReasons: codes.map((Code) => ({ Code })) });
const request = {
  id: "op#key",
  owner: "me",
  payloadHash: "p",
  version: 1,
  takesAbandoned: true,
  nowMs: 1_000,
  leaseUntilMs: 2_000,
  expiresAtMs: 9_000,
};
type AttributeValue = { readonly S?: string };
interface UpdateInput {
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues: Readonly<Record<string, AttributeValue>>;
}
const lease = { id: "op#key", owner: "me", fence: 7 };
const done = { state: "COMPLETED", result: "1", expiresAtMs: 9_000, atMs: 1_500 } as const;
const ending = { lease, change: done };
const release = { state: "RELEASED", atMs: 1_500 } as const;
const put = { Put: { TableName: "T", Item: {} } };
const ownItem = { v: { N: "1" }, state: { S: "COMPLETED" }, owner: { S: "me" }, fence: { N: "7" } };

test.each([
  [{ transport: undefined as never, tableName: "T" }, /transport must be dynamoDBTransport\(client\)/],
  [{ transport: {} as never, tableName: "T" }, /transport must be dynamoDBTransport\(client\)/],
  [{ transport: { call: async () => ({}) }, tableName: "" }, /tableName is missing/],
  [{ transport: { call: async () => ({}) }, tableName: undefined as never }, /tableName is missing/],
  [{ transport: transportOf().transport, tableName: "T", partitionKey: "" }, /names of keys and attributes/],
  [
    { transport: transportOf().transport, tableName: "T", attributes: { expiresAt: "" } },
    /names of keys and attributes/,
  ],
  [
    { transport: transportOf().transport, tableName: "T", attributes: { expiresAt: "id" } },
    /names of keys and attributes/,
  ],
])("a wrong option is refused by name: %o", (options, message) => {
  expect(() => dynamoDBStore(options)).toThrow(message);
});

test("a record is read as the last write left it", async () => {
  const { store, call, sent } = transportOf();
  expect(await store.read("op#key", call)).toBeUndefined();
  expect(sent).toMatchObject([
    { operation: "GetItem", input: { TableName: "T", Key: { id: { S: "op#key" } }, ConsistentRead: true } },
  ]);
});

test.each([[undefined], [null], ["throttled"]])(
  "a client that throws %o is no refusal, and hints at nothing",
  async (thrown) => {
    const transport: AwsTransport = { call: () => Promise.reject(thrown) };
    const store = dynamoDBStore({ transport, tableName: "T" });
    await expect(store.claim(request, rootCall())).rejects.toBe(thrown);
    expect(store.hint(thrown)).toBeUndefined();
  },
);

test("the store is named after its table, for errors to say where", () => {
  expect(transportOf().store.name).toBe("DynamoDB table T");
});

test("an error that is no refusal comes through as the client made it, whatever it carries", async () => {
  const error = named("ProvisionedThroughputExceededException", { Item: ownItem });
  const { store, call } = transportOf(error);
  await expect(store.claim(request, call)).rejects.toBe(error);
  await expect(store.write(lease, done, call)).rejects.toBe(error);
  await expect(store.write(lease, release, call)).rejects.toBe(error);
  await expect(store.transact([put], ending, call)).rejects.toBe(error);
});

test.each([
  ["nothing of ours", { id: { S: "op#key" }, total: { N: "5" } }],
  ["no version", { state: { S: "COMPLETED" }, owner: { S: "x" } }],
  ["no owner", { v: { N: "1" }, state: { S: "COMPLETED" } }],
  ["no state", { v: { N: "1" }, owner: { S: "x" } }],
  ["a version that is no number", { v: { S: "1" }, state: { S: "COMPLETED" }, owner: { S: "x" } }],
  ["a state that nobody wrote", { v: { N: "1" }, state: { S: "DONE" }, owner: { S: "x" } }],
])("an item with %s is an error, never a new key", async (_name, Item) => {
  const { store, call } = transportOf(named("ConditionalCheckFailedException", { Item }));
  await expect(store.claim(request, call)).rejects.toThrow(/idempotency record/);
});

test("an unknown state of a newer format is left to who decides", async () => {
  const Item = { v: { N: "2" }, state: { S: "ARCHIVED" }, owner: { S: "x" } };
  const { store, call } = transportOf(named("ConditionalCheckFailedException", { Item }));
  expect(await store.claim(request, call)).toMatchObject({ claimed: false, found: { version: 2 } });
});

test.each([[undefined], [{}]])("a refusal that shows %o shows that the record is gone", async (Item) => {
  const { store, call } = transportOf(named("ConditionalCheckFailedException", { Item }));
  expect(await store.claim(request, call)).toEqual({ claimed: false, found: undefined });
  expect(await store.write(lease, done, call)).toEqual({ written: false, found: undefined });
});

test("attributes that a record lacks are read as the earliest time, and as nothing to compare", async () => {
  const Item = { v: { N: "1" }, state: { S: "RELEASED" }, owner: { S: "x" } };
  const { store, call } = transportOf(named("ConditionalCheckFailedException", { Item }));
  expect(await store.claim(request, call)).toEqual({
    claimed: false,
    found: {
      version: 1,
      state: "RELEASED",
      owner: "x",
      fence: 0,
      leaseUntilMs: 0,
      expiresAtMs: 0,
      atMs: 0,
      payloadHash: "-",
    },
  });
});

test("transactions that conflict go again, after waits that may double, and give up after the seventh", async () => {
  const conflict = cancelled("None", "TransactionConflict");
  const { store, call, clock, sent } = transportOf(conflict);
  await expect(clock.run(store.transact([put], ending, call))).rejects.toBe(conflict);
  expect(sent.map(({ atMs }) => atMs)).toEqual([0, 20, 60, 140, 300, 620, 1_260]);
});

test("a conflict that passes is no failure, also without a record to complete", async () => {
  const { store, call, clock, sent } = transportOf(cancelled("TransactionConflict", undefined), {});
  expect(await clock.run(store.transact([put], ending, call))).toEqual({ written: true });
  expect(sent).toHaveLength(2);
  const alone = transportOf(cancelled("TransactionConflict"), {});
  expect(await alone.clock.run(alone.store.transact([put], undefined, alone.call))).toEqual({
    written: true,
  });
});

test("a wait between conflicting transactions ends when the call is aborted, and nothing more is sent", async () => {
  const { store, transport, clock, sent } = transportOf(cancelled("TransactionConflict", "None"));
  void transport;
  const controller = new AbortController();
  const call = rootCall({ runtime: { ...clock, random: () => 1 }, signal: controller.signal });
  const work = store.transact([put], ending, call);
  await clock.advance(5);
  controller.abort(new Error("enough"));
  await expect(work).rejects.toThrow("enough");
  expect(sent).toHaveLength(1);
});

test.each([
  ["a transaction cancelled without reasons", cancelled()],
  ["a transaction cancelled for nothing", cancelled("None", "None")],
  [
    "reasons on an error that is none",
    named("ValidationException", { CancellationReasons: [{ Code: "TransactionConflict" }] }),
  ],
  [
    "what is no Error",
    { name: "TransactionCanceledException", CancellationReasons: [{ Code: "TransactionConflict" }] },
  ],
])("%s is thrown as it came, at once", async (_name, error) => {
  const { clock } = transportOf();
  let sends = 0;
  const transport: AwsTransport = {
    call: async () => {
      sends += 1;
      throw error;
    },
  };
  const store = dynamoDBStore({ transport, tableName: "T" });
  const work = store.transact([put], ending, rootCall({ runtime: clock }));
  await expect(clock.run(work)).rejects.toBe(error);
  expect(sends).toBe(1);
});

test("a transaction refused by the record shows it, though an item's condition failed as well", async () => {
  const error = named("TransactionCanceledException", {
    CancellationReasons: [
      { Code: "ConditionalCheckFailed" },
      { Code: "ConditionalCheckFailed", Item: { ...ownItem, result: { S: "1" } } },
    ],
  });
  const { store, call } = transportOf(error);
  expect(await store.transact([put], ending, call)).toMatchObject({
    written: false,
    found: { state: "COMPLETED", owner: "me", fence: 7, result: "1" },
  });
});

test("without a record to complete, an item's failed condition is not taken for the record's", async () => {
  const error = cancelled("ConditionalCheckFailed");
  const { store, call } = transportOf(error);
  await expect(store.transact([put], undefined, call)).rejects.toMatchObject({
    code: "IDEMPOTENCY_ITEM_REFUSED",
    cause: error,
  });
});

test("a transaction of nothing is not sent", async () => {
  const { store, call, sent } = transportOf();
  expect(await store.transact([], undefined, call)).toEqual({ written: true });
  expect(sent).toEqual([]);
});

test("every request goes out on the call it is made for", async () => {
  const { store, call, sent } = transportOf({ Attributes: { ...ownItem, state: { S: "RELEASED" } } });
  expect(await store.claim(request, call)).toMatchObject({
    claimed: true,
    fence: 8,
    took: { state: "RELEASED" },
  });
  await store.write(lease, done, call);
  await store.write(lease, release, call);
  await store.transact([put], ending, call);
  expect(sent.every((one) => one.call === call)).toBe(true);
});

test.each([[{ Put: {} }], [{ Update: {} }], [{ Delete: {} }], [{ ConditionCheck: {} }]])(
  "%o is an item",
  async (item) => {
    const { store, call } = transportOf();
    expect(await store.transact([item], undefined, call)).toEqual({ written: true });
  },
);

test.each([[{}], [{ Get: {} }], [{ Put: {}, Delete: {} }], [() => {}]])(
  "%o is no item, and is refused with its place before anything is sent",
  async (item) => {
    const { store, call, sent } = transportOf();
    await expect(store.transact([put, item], undefined, call)).rejects.toThrow(
      "unit.transact: item 2 must be one of { Put | Update | Delete | ConditionCheck }, with DynamoDB",
    );
    expect(sent).toEqual([]);
  },
);

test.each([
  ["COMPLETED", true],
  ["COMPLETED_NO_RESULT", true],
  ["FAILED", true],
  ["RELEASED", false],
  ["UNKNOWN", false],
] as const)("the lease and the steps of a record that is %s are removed: %s", async (state, removed) => {
  const { store, call, sent } = transportOf();
  await store.write(lease, { state, atMs: 1_500 }, call);
  const ending = expect.stringMatching(/ REMOVE #lease, #steps$/);
  expect(sent).toMatchObject([
    { input: { UpdateExpression: removed ? ending : expect.not.stringMatching(/REMOVE/) } },
  ]);
});

test("a step is one member of the record's map, under a placeholder, beside whatever else is written", async () => {
  const { store, call, sent } = transportOf();
  await store.write(lease, { steps: { "a.b": "1", "#s0": "2" }, leaseUntilMs: 3_000 }, call);
  await store.write(lease, { steps: { c: "3" } }, call);
  await store.write(lease, { steps: { d: "4" } }, call);
  await store.write(lease, { leaseUntilMs: 3_000 }, call);
  const ours = { "#state": "state", "#owner": "owner", "#fence": "fence" };
  expect(sent).toMatchObject([
    {
      input: {
        UpdateExpression: "SET #lease = :new_lease, #steps.#s0 = :s0, #steps.#s1 = :s1",
        ExpressionAttributeValues: { ":s0": { S: "1" }, ":s1": { S: "2" } },
      },
    },
    { input: { UpdateExpression: "SET #steps.#s0 = :s0" } },
    { input: { UpdateExpression: "SET #steps.#s0 = :s0" } },
    { input: { UpdateExpression: "SET #lease = :new_lease" } },
  ]);
  // DynamoDB refuses a name that no expression uses.
  expect(
    sent.map(({ input }) => (input as { ExpressionAttributeNames: object }).ExpressionAttributeNames),
  ).toEqual([
    { ...ours, "#lease": "lease", "#steps": "steps", "#s0": "a.b", "#s1": "#s0" },
    { ...ours, "#steps": "steps", "#s0": "c" },
    { ...ours, "#steps": "steps", "#s0": "d" },
    { ...ours, "#lease": "lease" },
  ]);
});

test("a write of no steps sets something, for DynamoDB refuses an update that does not", async () => {
  const { store, call, sent } = transportOf();
  await store.write(lease, { steps: {} }, call);
  expect(sent).toMatchObject([{ input: { UpdateExpression: "SET #owner = :owner" } }]);
});

test("steps come back through a client that loses members called __proto__, each under its own name", async () => {
  const members: Record<string, AttributeValue> = {};
  const transport: AwsTransport = {
    async call(operation, input) {
      if (operation === "GetItem") return { Item: { ...ownItem, steps: { M: members } } };
      const { ExpressionAttributeNames: names, ExpressionAttributeValues: values } = input as UpdateInput;
      members[names["#s0"] ?? ""] = values[":s0"] ?? {};
      return {};
    },
  };
  const store = dynamoDBStore({ transport, tableName: "T" });
  const steps = ["_proto__", "__proto__", "___proto__", "____proto__", "x__proto__", "__proto__x"];
  for (const step of steps) await store.write(lease, { steps: { [step]: step } }, rootCall());
  const read = (await store.read("op#key", rootCall()))?.steps ?? {};
  expect(Object.entries(read).sort()).toEqual(steps.map((step) => [step, step]).sort());
});

test("a record is over without a map of steps, and is given one when it is settled so that it may go on", async () => {
  const { store, call, sent } = transportOf();
  const over = { ...lease, state: "COMPLETED" } as const;
  await store.settle(over, { ...release, owner: "a person" }, call);
  await store.settle(over, { ...release, owner: "a person", steps: { a: "1" } }, call);
  expect(sent).toMatchObject([
    { input: { ExpressionAttributeValues: { ":new_steps": { M: {} } } } },
    { input: { ExpressionAttributeValues: { ":new_steps": { M: { a: { S: "1" } } } } } },
  ]);
});

test("an expiry is whole seconds for TTL, and never early", async () => {
  const { store, call, sent } = transportOf();
  await store.write(lease, { ...done, expiresAtMs: 9_001 }, call);
  expect(sent[0]?.input).toMatchObject({ ExpressionAttributeValues: { ":new_expiresAt": { N: "10" } } });
});

test("99 items fit beside the record, one more is refused before anything is sent", async () => {
  const { store, call, sent } = transportOf();
  const items = (count: number) => Array.from({ length: count }, () => put);
  expect(await store.transact(items(99), ending, call)).toEqual({ written: true });
  await expect(store.transact(items(100), ending, call)).rejects.toThrow(
    "unit.transact: 100 items are too many",
  );
  await expect(store.transact(put as never, ending, call)).rejects.toThrow("items must be a list");
  expect(sent).toHaveLength(1);
});

test("a misspelt option is refused by name, and so are none at all", () => {
  const transport = { call: async () => ({}) };
  expect(() => dynamoDBStore({ transport, tableName: "T", table: "T" } as never)).toThrow(
    /^dynamoDBStore: there is no option "table"/,
  );
  expect(() => dynamoDBStore(undefined as never)).toThrow(/^dynamoDBStore: it takes an object/);
});
