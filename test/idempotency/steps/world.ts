import { type Call, type Fact, observed, rootCall, TerminalError, wrap } from "holdfast";
import type { IdempotencyStore } from "holdfast/idempotency";
import { recordId } from "holdfast/idempotency/admin";
import { memoryStore } from "holdfast/idempotency/memory";
import { type ResumableOptions, resumable, type WithSteps } from "holdfast/idempotency/steps";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";

export interface Order {
  readonly id: string;
}

export const order: Order = { id: "o-1" };

/** Someone outside who counts what he is asked, and remembers nothing: an effect that is not idempotent by itself. */
export interface Target {
  readonly log: string[];
  readonly keys: string[];
  /** What the next request of this name comes to, once for each. */
  readonly failures: Map<string, unknown[]>;
  ask(what: string, key: string): Promise<string>;
}

export function target(): Target {
  const log: string[] = [];
  const keys: string[] = [];
  const failures = new Map<string, unknown[]>();
  return {
    log,
    keys,
    failures,
    async ask(what, key) {
      log.push(what);
      keys.push(key);
      const failure = failures.get(what)?.shift();
      if (failure !== undefined) throw failure;
      return `${what} done`;
    },
  };
}

export interface World {
  readonly clock: ManualRuntime;
  readonly store: ReturnType<typeof memoryStore>;
  readonly bank: Target;
  readonly facts: Fact[];
  call(): Call;
  options(changes?: Partial<ResumableOptions<Order>>): ResumableOptions<Order>;
  /** Charges, reserves and ships, with compensations for the first two. */
  fulfil(changes?: Partial<ResumableOptions<Order>>): (order: Order, call: Call) => Promise<string>;
}

export function world(store: IdempotencyStore = memoryStore()): World {
  const clock = manualRuntime();
  const bank = target();
  const facts: Fact[] = [];
  const memory = store as ReturnType<typeof memoryStore>;
  const options: World["options"] = (changes = {}) => ({
    store,
    operation: "fulfil",
    key: (input) => input.id,
    ...changes,
  });
  return {
    clock,
    store: memory,
    bank,
    facts,
    call: () => rootCall({ runtime: clock }),
    options,
    fulfil: (changes) =>
      wrap(
        resumable((_: Order, call) => fulfilment(bank, call), options(changes)),
        observed((fact) => facts.push(fact)),
      ),
  };
}

export async function fulfilment({ ask }: Target, { unit }: Call & WithSteps): Promise<string> {
  const paid = await unit.step("charge", ({ idempotencyKey }) => ask("charge", idempotencyKey), {
    compensate: (receipt, { idempotencyKey }) => ask(`refund of ${receipt}`, idempotencyKey),
  });
  await unit.step("reserve", ({ idempotencyKey }) => ask("reserve", idempotencyKey), {
    compensate: (_, { idempotencyKey }) => ask("restock", idempotencyKey),
  });
  await unit.step("ship", ({ idempotencyKey }) => ask("ship", idempotencyKey));
  return paid;
}

export const busy = (): Error => new Error("busy");
export const outOfStock = (): TerminalError => new TerminalError("out of stock");

export const recordOf = ({ store, call }: World): ReturnType<World["store"]["read"]> =>
  store.read(recordId({ operation: "fulfil", key: order.id }), call());
