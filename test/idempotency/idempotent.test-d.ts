import { type Call, type Fn, type LambdaCall, rootCall, wrap, wrapHandler } from "holdfast";
import { idempotent, type WithUnit } from "holdfast/idempotency";
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
  async function withUnit(entry: Entry, call: Call & WithUnit): Promise<string> {
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
    async (entry: Entry, call: LambdaCall & WithUnit) => call.context.awsRequestId + entry.id,
    { store, operation: "post", key: (entry) => entry.id },
  );
  wrapHandler(post);
});

test("a function declared apart names its call, also through an alias of its own", () => {
  type PostCall = LambdaCall & WithEvent & WithUnit;
  interface WithEvent {
    readonly event: { readonly time: string };
  }
  async function post(entry: Entry, call: PostCall): Promise<string> {
    return call.unit.transact([{ Put: {} }], call.context.awsRequestId + call.event.time + entry.id);
  }
  const options = { store, operation: "post", key: (entry: { id: string }) => entry.id };
  expectTypeOf(idempotent(post, options)).toEqualTypeOf<Fn<Entry, string, LambdaCall & WithEvent>>();
});

test("inside another combinator the call infers from outside in", () => {
  interface RecordCall extends Call {
    readonly record: { readonly messageId: string };
  }
  const batch = (fn: Fn<Entry, unknown, RecordCall>): Fn<Entry, unknown, RecordCall> => fn;
  batch(
    idempotent(async (entry: Entry, call) => call.unit.transact([], call.record.messageId + entry.id), {
      store,
      operation: "post",
      key: (entry) => entry.id,
    }),
  );
});

test("a repeat that may be skipped widens the answer by the value it is given", () => {
  const options = { store, operation: "post", key: (entry: Entry) => entry.id };
  const post = async (entry: Entry) => entry.cents;
  expectTypeOf(idempotent(post, { ...options, inFlight: { skip: "busy" } })).toEqualTypeOf<
    Fn<Entry, number | "busy", Call>
  >();
  expectTypeOf(idempotent(post, { ...options, inFlight: { skip: undefined } })).toEqualTypeOf<
    Fn<Entry, number | undefined, Call>
  >();
  expectTypeOf(idempotent(post, { ...options, inFlight: "wait" })).toEqualTypeOf<Fn<Entry, number, Call>>();
});

test("a key of several functions, a tenant and a payload see the input's type", () => {
  const post = idempotent(async (entry: Entry) => entry.id, {
    store,
    operation: "post",
    key: { id: (entry) => entry.id, cents: (entry) => entry.cents },
    tenant: (entry) => entry.id,
    payload: (entry) => entry.cents,
  });
  expectTypeOf(post).toEqualTypeOf<Fn<Entry, string, Call>>();
  idempotent(async (_: Entry) => 1, {
    store,
    operation: "post",
    // @ts-expect-error a typo in a part
    key: { id: (entry) => entry.idd },
  });
});

test("what becomes of an error is one of three words", () => {
  idempotent(async (_: Entry) => 1, {
    store,
    operation: "post",
    key: (entry) => entry.id,
    // @ts-expect-error no such word
    onError: () => "forget",
  });
});
