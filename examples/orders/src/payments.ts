import { type Call, type Policy, timeout, wrap } from "holdfast";
import { lastGood } from "holdfast/circuit-breaker";
import { exponential, retry } from "holdfast/retry";
import { type Asked, ask, look } from "./ask.ts";

export interface Charge {
  readonly orderId: string;
  readonly customerId: string;
  /** Whole cents. */
  readonly amount: number;
  readonly idempotencyKey: string;
}

export interface Refund {
  readonly orderId: string;
  readonly chargeId: string;
  readonly idempotencyKey: string;
}

/** The payment provider. */
export interface Payments {
  charge(charge: Charge, call: Call): Promise<{ readonly chargeId: string }>;
  refund(refund: Refund, call: Call): Promise<{ readonly refundId: string }>;
}

/** What the provider knows of an order. */
export interface PaymentStatus {
  readonly status: "paid" | "unpaid";
}

const attempts = retry({ maxAttempts: 4, backoff: exponential({ initialDelayMs: 50, maxDelayMs: 400 }) });
const limit = timeout({ ms: 800 });

/** A provider that knows a repeat by its key, so that what was not answered can be asked again: until the circuit opens. */
export function paymentsAt(baseUrl: string, circuit: Policy): Payments {
  return clientOf(
    baseUrl,
    wrap((asked: Asked, call: Call) => ask(asked, call), attempts, circuit, limit),
  );
}

/** One that does not: each request is sent once, whatever becomes of it. */
export function paymentsWithoutKeysAt(baseUrl: string, circuit: Policy): Payments {
  return clientOf(
    baseUrl,
    wrap((asked: Asked, call: Call) => ask(asked, call), circuit, limit),
  );
}

/** Five minutes old it may be: that an order was paid stays true, and that it was not is asked again. */
const MOST_AGE_MS = 300_000;

/** Whether an order is paid. A read: while there is no better answer the last good one is given. */
export function paymentStatusAt(
  baseUrl: string,
  circuit: Policy,
): (orderId: string, call: Call) => Promise<PaymentStatus> {
  const read = wrap(
    (orderId: string, call: Call) =>
      look<PaymentStatus>("payment", new URL(`/charges/${encodeURIComponent(orderId)}`, baseUrl), call),
    // Whoever asks waits: rather the last good answer than a late one.
    retry({ maxAttempts: 3, maxElapsedMs: 500 }),
    circuit,
    limit,
  );
  return lastGood(read, { maxAgeMs: MOST_AGE_MS, key: (orderId) => orderId, maxEntries: 1_000 });
}

function clientOf(baseUrl: string, send: (asked: Asked, call: Call) => Promise<unknown>): Payments {
  const post = async <T>(path: string, { idempotencyKey, ...body }: Charge | Refund, call: Call) =>
    (await send({ step: "payment", url: new URL(path, baseUrl), body, idempotencyKey }, call)) as T;
  return {
    charge: (charge, call) => post("/charges", charge, call),
    refund: (refund, call) => post("/refunds", refund, call),
  };
}
