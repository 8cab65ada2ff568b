import { type Call, type Fn, type LambdaCall, wrapHandler } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { resumable, type WithSteps } from "holdfast/idempotency/steps";
import { expectTypeOf, test } from "vitest";

interface Entry {
  id: string;
  cents: number;
}
const options = { store: memoryStore(), operation: "post", key: (entry: Entry) => entry.id };

test("a step answers what its function does, and its compensation is told that", () => {
  const post = resumable(
    async (entry: Entry, { unit }) => {
      const paid = await unit.step("charge", async ({ idempotencyKey }) => ({ receipt: idempotencyKey }), {
        compensate: (result, { idempotencyKey }) => {
          expectTypeOf(result).toEqualTypeOf<{ receipt: string }>();
          expectTypeOf(idempotencyKey).toEqualTypeOf<string>();
        },
      });
      expectTypeOf(paid).toEqualTypeOf<{ receipt: string }>();
      return unit.transact([], entry.cents);
    },
    { store: memoryStore(), operation: "post", key: (entry) => entry.id },
  );
  expectTypeOf(post).toEqualTypeOf<Fn<Entry, number, Call>>();
});

test("a function declared apart names its call, and the result has lost the unit", () => {
  async function post(entry: Entry, call: LambdaCall & WithSteps): Promise<string> {
    return call.unit.step("charge", async () => call.context.awsRequestId + entry.id);
  }
  expectTypeOf(resumable(post, options)).toEqualTypeOf<Fn<Entry, string, LambdaCall>>();
  // @ts-expect-error the unit is not there
  wrapHandler(post);
  // @ts-expect-error idempotent's unit has no steps
  wrapHandler(idempotent(post, options));
});

test("idempotent's unit has no steps", () => {
  // @ts-expect-error no such member
  idempotent(async (_: Entry, { unit }) => unit.step("charge", async () => 1), options);
});

test("a compensation of another result is refused", () => {
  resumable(
    async (_: Entry, { unit }) =>
      unit.step("charge", async () => 1, {
        // @ts-expect-error the result is a number
        compensate: (_: string) => {},
      }),
    options,
  );
});
