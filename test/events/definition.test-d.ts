import { type AnyStandardSchema, defineEvent, type EventDefinition, type EventDetail } from "holdfast/events";
import { type CompiledValidators, defineEvent as defineCompiled } from "holdfast/events/compiled";
import { expectTypeOf, test } from "vitest";

const names = { source: "order.service", type: "OrderPlaced", version: 1 } as const;
declare const validators: CompiledValidators;

/** As libraries declare theirs: the types of what goes in and comes out, on a class of their own. */
declare const library: {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: "a library";
    readonly validate: (
      value: unknown,
      options?: object,
    ) => { readonly value: { at: Date } } | Promise<object>;
    readonly types?: { readonly input: { at: string }; readonly output: { at: Date } } | undefined;
  };
  readonly parse: (value: unknown) => { at: Date };
};

test("a Standard Schema gives a detail the type of what goes in: that is what is sent", () => {
  const event = defineEvent({ ...names, schema: library });
  expectTypeOf(event).toEqualTypeOf<EventDefinition<{ at: string }>>();
  event.of({ at: "2026-11-25" });
  // @ts-expect-error what comes out is not sent
  event.of({ at: new Date() });
});

test("one that does not say its types accepts what cannot be known", () => {
  const event = defineEvent({ ...names, schema: {} as AnyStandardSchema });
  expectTypeOf<EventDetail<typeof event>>().toEqualTypeOf<unknown>();
});

test("compiled before, the type is the same, and validators must be given", () => {
  const event = defineCompiled({
    ...names,
    validators,
    schema: { type: "object", required: ["id"], properties: { id: { type: "string" }, n: { enum: [1, 2] } } },
  });
  expectTypeOf(event).toEqualTypeOf<EventDefinition<{ id: string; n?: 1 | 2 }>>();
  // @ts-expect-error without validators
  defineCompiled({ ...names, schema: { type: "object" } });
  // @ts-expect-error something else than the file's default
  defineCompiled({ ...names, schema: { type: "object" }, validators: {} });
  // @ts-expect-error a misspelt type
  defineCompiled({ ...names, schema: { type: "strng" }, validators });
});

test("compiled before, a Standard Schema needs none", () => {
  expectTypeOf(defineCompiled({ ...names, schema: library })).toEqualTypeOf<
    EventDefinition<{ at: string }>
  >();
});
