import { defineEvent, type EventDefinition, type EventDetail, type InferSchema } from "holdfast/events";
import { expectTypeOf, test } from "vitest";

const orderPlaced = defineEvent({
  source: "order.service",
  type: "OrderPlaced",
  version: 1,
  schema: {
    type: "object",
    additionalProperties: false,
    required: ["orderId", "items", "total", "channel"],
    properties: {
      orderId: { type: "string", minLength: 1 },
      items: {
        type: "array",
        items: {
          type: "object",
          required: ["sku", "quantity"],
          properties: { sku: { type: "string" }, quantity: { type: "integer" }, gift: { type: "boolean" } },
        },
      },
      total: { type: "number" },
      coupon: { type: ["string", "null"] },
      channel: { enum: ["web", "shop"] },
      currency: { const: "EUR" },
    },
  },
});
type Order = EventDetail<typeof orderPlaced>;

/** The type of a schema written as a value, as `defineEvent` sees it. */
declare function typeOf<const S>(schema: S): InferSchema<S>;

test("the detail's type comes from the schema, without a type argument or `as const`", () => {
  expectTypeOf<Order>().toEqualTypeOf<{
    orderId: string;
    items: { sku: string; quantity: number; gift?: boolean }[];
    total: number;
    channel: "web" | "shop";
    coupon?: string | null;
    currency?: "EUR";
  }>();
  expectTypeOf(orderPlaced).toEqualTypeOf<EventDefinition<Order>>();
});

test("a detail that the schema does not describe does not compile", () => {
  const right: Order = { orderId: "a", items: [], total: 1, channel: "web" };
  orderPlaced.of(right);
  // @ts-expect-error total is missing
  orderPlaced.of({ orderId: "a", items: [], channel: "web" });
  // @ts-expect-error a number where a string goes
  orderPlaced.of({ ...right, orderId: 1 });
  // @ts-expect-error not one of the enum
  orderPlaced.of({ ...right, channel: "phone" });
  // @ts-expect-error not the constant
  orderPlaced.of({ ...right, currency: "USD" });
  // @ts-expect-error a member that is not declared
  orderPlaced.of({ ...right, colour: "red" });
  // @ts-expect-error an item without quantity
  orderPlaced.of({ ...right, items: [{ sku: "a" }] });
  // @ts-expect-error an optional member has its type too
  orderPlaced.of({ ...right, coupon: 5 });
});

test("a misspelt type in the schema does not compile", () => {
  // @ts-expect-error "strng" is no type of JSON Schema
  defineEvent({ source: "a", type: "b", version: 1, schema: { type: "strng" } });
  const deeper = { type: "object", properties: { x: { type: "int" } } } as const;
  // @ts-expect-error nor deeper down
  defineEvent({ source: "a", type: "b", version: 1, schema: deeper });
});

test("check gives the value its type only when it is right", async () => {
  const checked = await orderPlaced.check({});
  // @ts-expect-error it may not be right
  checked.value;
  if (checked.ok) expectTypeOf(checked.value).toEqualTypeOf<Order>();
  else expectTypeOf(checked.problems[0]?.path).toEqualTypeOf<string | undefined>();
});

test("primitive types are themselves", () => {
  expectTypeOf(typeOf({ type: "string" })).toEqualTypeOf<string>();
  expectTypeOf(typeOf({ type: "number" })).toEqualTypeOf<number>();
  expectTypeOf(typeOf({ type: "integer" })).toEqualTypeOf<number>();
  expectTypeOf(typeOf({ type: "boolean" })).toEqualTypeOf<boolean>();
  expectTypeOf(typeOf({ type: "null" })).toEqualTypeOf<null>();
});

test("several types and nullable are unions", () => {
  expectTypeOf(typeOf({ type: ["string", "integer", "null"] })).toEqualTypeOf<string | number | null>();
  expectTypeOf(typeOf({ type: "string", nullable: true })).toEqualTypeOf<string | null>();
});

test("const and enum are literals, also of mixed types", () => {
  expectTypeOf(typeOf({ const: 5 })).toEqualTypeOf<5>();
  expectTypeOf(typeOf({ type: "string", enum: ["a", "b"] })).toEqualTypeOf<"a" | "b">();
  expectTypeOf(typeOf({ enum: ["a", 1, null] })).toEqualTypeOf<"a" | 1 | null>();
});

test("anyOf and oneOf are unions, beside what the schema says itself", () => {
  expectTypeOf(typeOf({ anyOf: [{ type: "string" }, { type: "number" }] })).toEqualTypeOf<string | number>();
  const paid = typeOf({
    type: "object",
    required: ["cents"],
    properties: { cents: { type: "integer" } },
    oneOf: [
      { required: ["by", "card"], properties: { by: { const: "card" }, card: { type: "string" } } },
      { required: ["by", "iban"], properties: { by: { const: "transfer" }, iban: { type: "string" } } },
    ],
  });
  if (paid.by === "card") expectTypeOf(paid.card).toEqualTypeOf<string>();
  else expectTypeOf(paid.iban).toEqualTypeOf<string>();
  expectTypeOf(paid.cents).toEqualTypeOf<number>();
  // @ts-expect-error only one of the two has it
  paid.card;
});

test("allOf is an intersection", () => {
  const both = typeOf({
    allOf: [
      { type: "object", required: ["a"], properties: { a: { type: "string" } } },
      { type: "object", properties: { b: { type: "number" } } },
    ],
  });
  expectTypeOf(both).toEqualTypeOf<{ a: string; b?: number }>();
});

test("an open object has an index signature only where the schema says so", () => {
  expectTypeOf(typeOf({ type: "object", additionalProperties: { type: "number" } })).toEqualTypeOf<{
    [name: string]: number;
  }>();
  expectTypeOf(
    typeOf({ type: "object", properties: { a: { type: "string" } }, additionalProperties: true }).whatever,
  ).toEqualTypeOf<unknown>();
  // @ts-expect-error undeclared
  typeOf({ type: "object", properties: { a: { type: "string" } } }).whatever;
});

test("what is required without being declared is there, and unknown", () => {
  expectTypeOf(typeOf({ type: "object", required: ["a"] })).toEqualTypeOf<{ a: unknown }>();
});

test("what types cannot say is unknown, never any", () => {
  expectTypeOf(typeOf({ $ref: "#/$defs/a" })).toEqualTypeOf<unknown>();
  expectTypeOf(typeOf(true)).toEqualTypeOf<unknown>();
  expectTypeOf(typeOf({})).toEqualTypeOf<unknown>();
  expectTypeOf(typeOf(false)).toEqualTypeOf<never>();
  expectTypeOf(typeOf({ type: "array" })).toEqualTypeOf<unknown[]>();
  expectTypeOf(typeOf({ type: "array", items: [{ type: "string" }] })).toEqualTypeOf<unknown[]>();
});
