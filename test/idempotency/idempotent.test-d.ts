import { type Call, type Fn, type LambdaCall, rootCall, wrap, wrapHandler } from "holdfast";
import { idempotent, type Unit, type UnitCall } from "holdfast/idempotency";
import { type DynamoDBTransactItem, dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { memoryStore } from "holdfast/idempotency/memory";
import { expectTypeOf, test } from "vitest";

interface Entry {
  id: string;
  cents: number;
}
const store = memoryStore();

test("the result is a function of the same input and result, without the unit", () => {
  const post = idempotent(async (entry: Entry, call) => call.unit.transact([], { paid: entry.cents }), {
    store,
    operation: "post",
    key: (entry) => entry.id,
  });
  expectTypeOf(post).toEqualTypeOf<Fn<Entry, { paid: number }, Call>>();
});

test("the key sees the input's type", () => {
  // @ts-expect-error a typo in the key
  idempotent(async (_: Entry) => 1, { store, operation: "post", key: (entry) => entry.idd });
});

test("a function that wants a unit cannot be used without idempotent", () => {
  async function withUnit(entry: Entry, call: UnitCall): Promise<string> {
    return call.unit.transact([], entry.id);
  }
  const post = idempotent(withUnit, { store, operation: "post", key: (entry) => entry.id });
  expectTypeOf(post).toEqualTypeOf<Fn<Entry, string, Call>>();
  // @ts-expect-error the unit is not there
  wrapHandler(withUnit);
  // @ts-expect-error the unit is not there
  wrap(withUnit)({ id: "a", cents: 1 }, rootCall());
});

test("what the call carries beyond a Call goes through", () => {
  const post = idempotent(
    async (entry: Entry, call: UnitCall<LambdaCall>) => call.context.awsRequestId + entry.id,
    { store, operation: "post", key: (entry) => entry.id },
  );
  wrapHandler(post);
});

test("transact takes the items of its own store only", () => {
  const dynamo = dynamoDBStore({ transport: { call: async () => ({}) }, tableName: "t" });
  idempotent(
    async (_: Entry, { unit }) => {
      expectTypeOf(unit).toEqualTypeOf<Unit<DynamoDBTransactItem>>();
      await unit.transact([{ Put: { TableName: "t", Item: {} } }], 1);
      // @ts-expect-error a memory store's item
      await unit.transact([() => {}], 1);
    },
    { store: dynamo, operation: "post", key: (entry) => entry.id },
  );
});

test("a function declared apart names its call, and nothing else", () => {
  const dynamo = dynamoDBStore({ transport: { call: async () => ({}) }, tableName: "t" });
  async function post(entry: Entry, call: UnitCall<LambdaCall, DynamoDBTransactItem>): Promise<string> {
    return call.unit.transact([{ Put: {} }], call.context.awsRequestId + entry.id);
  }
  const options = { store: dynamo, operation: "post", key: (entry: { id: string }) => entry.id };
  expectTypeOf(idempotent(post, options)).toEqualTypeOf<Fn<Entry, string, LambdaCall>>();
});
