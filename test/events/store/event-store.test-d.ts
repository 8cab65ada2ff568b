import type { Call } from "holdfast";
import { defineEvent } from "holdfast/events";
import {
  type EventStore,
  eventOutbox,
  isEvent,
  projection,
  type Snapshots,
  type StoredEvent,
  transactAppends,
} from "holdfast/events/store";
import { type IdempotencyStore, idempotent } from "holdfast/idempotency";
import { expectTypeOf, test } from "vitest";

declare const store: EventStore;
declare const records: IdempotencyStore;
declare const event: StoredEvent;
declare const call: Call;
declare const states: Snapshots;

const placed = defineEvent({
  source: "order.service",
  type: "OrderPlaced",
  version: 1,
  schema: { type: "object", properties: { total: { type: "number" } }, required: ["total"] },
});

test("isEvent gives the detail its definition's type", () => {
  expectTypeOf(event.detail).toBeUnknown();
  if (isEvent(placed, event)) expectTypeOf(event.detail.total).toBeNumber();
});

test("a rebuilt state has the type of its beginning, without type arguments", () => {
  const apply = (state: { readonly total: number }, one: StoredEvent) =>
    isEvent(placed, one) ? { total: state.total + one.detail.total } : state;
  const rebuilt = store.rebuild(
    "s",
    { initial: { total: 0 }, apply, snapshots: states, asOf: { version: 1 } },
    call,
  );
  expectTypeOf(rebuilt).resolves.toEqualTypeOf<{
    readonly state: { readonly total: number };
    readonly version: number;
  }>();
  const counted = store.rebuild("s", { initial: 0, apply: (n) => n + 1 }, call);
  expectTypeOf(counted).resolves.toHaveProperty("state").toBeNumber();
});

test("a unit's appends answer with its result", () => {
  const run = idempotent(
    async (key: string, inner) => {
      const appending = await store.appending("s", 0, [placed.of({ total: 1 })], inner);
      return transactAppends(inner.unit, [appending], [{ Put: {} }], { key });
    },
    { store: records, operation: "o", key: (key) => key },
  );
  expectTypeOf(run).returns.resolves.toEqualTypeOf<{ key: string }>();
});

test("what would be silently wrong does not compile", () => {
  // @ts-expect-error A point is a version or a time.
  void store.rebuild("s", { initial: 0, apply: () => 0, asOf: new Date() }, call);
  // @ts-expect-error The call is passed on.
  void store.append("s", 0, []);
  // @ts-expect-error A detail that does not fit.
  void store.append("s", 0, [placed.of({ total: "1" })], call);
  // @ts-expect-error An outbox without checkpoints would keep no order.
  eventOutbox({ store, publisher: { publishOne: async () => "" } });
  // @ts-expect-error Items, not one.
  projection({ name: "p", store, checkpoints: {} as never, apply: () => ({ Put: {} }) });
});
