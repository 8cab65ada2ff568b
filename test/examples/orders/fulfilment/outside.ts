import { type Call, RetryableError } from "holdfast";
import type { Asked } from "../../../../examples/orders/src/ask.ts";
import type { Inventory, Reservation } from "../../../../examples/orders/src/inventory.ts";
import { OrderRefused, type OrderStep } from "../../../../examples/orders/src/order-refused.ts";

/** What was done, in order, a line for each time: nothing here is idempotent by itself. */
export type Log = { readonly what: string; readonly key: string }[];

/** The payment provider, the carrier, who writes to customers, and the stock of one order. */
export interface Outside {
  readonly log: Log;
  readonly systems: Systems;
  readonly inventory: Inventory;
  /** How often each was done: `1 charged, 0 refunded, 1 reserved, 1 shipped`. What was put back is not reserved. */
  done(): string;
  /** Keys under which something was done more than once. */
  repeatedKeys(): readonly string[];
}

export interface Systems {
  charge(asked: Asked, call: Call): Promise<unknown>;
  refund(asked: Asked, call: Call): Promise<unknown>;
  ship(asked: Asked, call: Call): Promise<unknown>;
  post(asked: Asked, call: Call): Promise<unknown>;
  notify(asked: Asked, call: Call): Promise<unknown>;
}

export interface OutsideOptions {
  /** Whether the payment provider and who writes to customers do, and so know a repeat. The others always do. Default: true. */
  readonly honoursKeys?: boolean;
  /** Who says no. */
  readonly refuses?: OrderStep | undefined;
  /** Asked before each thing is done; what it throws is an outage, and nothing is done. */
  readonly outage?: (what: string) => boolean;
}

/** Systems that append what they do, and remember each key's answer for ever, a no as well. */
export function outside({ honoursKeys = true, refuses, outage }: OutsideOptions = {}): Outside {
  const log: Log = [];
  const answers = new Map<string, () => unknown>();

  function once(what: string, key: string, step: OrderStep, isKeyed: boolean): unknown {
    if (outage?.(what) === true) throw new RetryableError(`${step} is closed.`);
    const before = isKeyed ? answers.get(key) : undefined;
    if (before !== undefined) return before();
    const isRefused = refuses === step && !BACK.has(what);
    if (!isRefused) log.push({ what, key });
    const id = `${what} ${log.length}`;
    const answer = (): unknown => {
      if (isRefused) throw new OrderRefused(step, `${step} says no`);
      return { chargeId: id, refundId: id, trackingId: id, postingId: id, notificationId: id };
    };
    answers.set(key, answer);
    return answer();
  }

  const times = (what: string): number => log.filter((line) => line.what === what).length;
  return {
    log,
    systems: {
      charge: async ({ idempotencyKey }) => once("charged", idempotencyKey, "payment", honoursKeys),
      refund: async ({ idempotencyKey }) => once("refunded", idempotencyKey, "payment", honoursKeys),
      ship: async ({ idempotencyKey }) => once("shipped", idempotencyKey, "shipping", true),
      post: async ({ idempotencyKey }) => once("posted", idempotencyKey, "posting", true),
      notify: async ({ idempotencyKey }) => once("notified", idempotencyKey, "notification", honoursKeys),
    },
    inventory: {
      async reserve({ idempotencyKey }): Promise<Reservation> {
        once("reserved", idempotencyKey, "inventory", true);
        return { reservationId: idempotencyKey, lines: [] };
      },
      async restock({ idempotencyKey }) {
        once("restocked", idempotencyKey, "inventory", true);
      },
    },
    done: () =>
      `${times("charged")} charged, ${times("refunded")} refunded, ` +
      `${times("reserved") - times("restocked")} reserved, ${times("shipped")} shipped`,
    repeatedKeys() {
      const keys = log.map(({ key }) => key);
      return keys.filter((key, index) => keys.indexOf(key) !== index);
    },
  };
}

const BACK = new Set(["refunded", "restocked"]);
