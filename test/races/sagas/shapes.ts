import { type Call, hasCode } from "holdfast";
import { type IdempotencyStore, idempotent } from "holdfast/idempotency";
import type { WithSteps } from "holdfast/idempotency/steps";
import type { Target } from "./target.ts";

/** A saga's function, on someone outside: what it answers says how the order went. */
export type Shape = (target: Target, call: Call & WithSteps, store: IdempotencyStore) => Promise<string>;

/** A step, and how it is taken back, if it can be. */
function doing({ ask }: Target, { unit }: WithSteps, what: string, back?: string): Promise<string> {
  const compensate = back && ((_: string, own: { idempotencyKey: string }) => ask(back, own.idempotencyKey));
  return unit.step(what, (own) => ask(what, own.idempotencyKey), compensate ? { compensate } : {});
}

async function inARow(target: Target, call: Call & WithSteps): Promise<string> {
  await doing(target, call, "charge", "refund");
  await doing(target, call, "reserve", "restock");
  return doing(target, call, "ship");
}

async function sideBySide(target: Target, call: Call & WithSteps): Promise<string> {
  await Promise.all([
    doing(target, call, "charge", "refund"),
    doing(target, call, "reserve", "restock"),
    doing(target, call, "notify"),
  ]);
  return doing(target, call, "ship");
}

/** What is looked at may look otherwise in the next run: once it was final, it stays so. */
async function withALook(target: Target, call: Call & WithSteps): Promise<string> {
  await doing(target, call, "charge", "refund");
  await doing(target, call, "reserve", "restock");
  await call.unit.step("look", () => target.look());
  return doing(target, call, "ship");
}

/** A no that is caught is no end: another way is taken, and every later run takes it too. */
async function anotherWay(target: Target, call: Call & WithSteps): Promise<string> {
  const { unit } = call;
  await doing(target, call, "charge", "refund");
  const isFine = await unit
    .step("look", () => target.look())
    .then(
      () => true,
      (error: unknown) => {
        if (!hasCode(error, "TERMINAL")) throw error;
        return false;
      },
    );
  if (isFine) await doing(target, call, "book", "cancel");
  else await doing(target, call, "reserve", "restock");
  return doing(target, call, "ship");
}

/** Charging, and taking it back, are units of their own, each with a record beside the saga's. */
async function withUnitsWithin(
  target: Target,
  call: Call & WithSteps,
  store: IdempotencyStore,
): Promise<string> {
  const within = (what: string) =>
    idempotent((_: string, inner) => target.ask(what, inner.unit.id), {
      store,
      operation: what,
      key: (order) => order,
      onError: rememberRefusals,
    });
  const [charge, refund] = [within("charge"), within("refund")];
  await call.unit.step("charge", () => charge("order-1", call), {
    compensate: () => refund("order-1", call),
  });
  await doing(target, call, "reserve", "restock");
  return doing(target, call, "ship");
}

export function rememberRefusals(error: unknown): "remember" | "release" {
  return hasCode(error, "TERMINAL") ? "remember" : "release";
}

/** Completes the unit by a transaction of its store. */
async function inTransaction(target: Target, call: Call & WithSteps): Promise<string> {
  await doing(target, call, "charge", "refund");
  await doing(target, call, "reserve", "restock");
  return call.unit.transact([{ Put: {} }], "stored");
}

export const shapes: readonly Shape[] = [
  inARow,
  sideBySide,
  withALook,
  anotherWay,
  withUnitsWithin,
  inTransaction,
];

/** What takes back what: each as often as the other where an order was taken back. */
export const BACK: Readonly<Record<string, string>> = {
  charge: "refund",
  reserve: "restock",
  book: "cancel",
};
