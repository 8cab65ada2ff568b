import { type Call, timeout, wrap } from "holdfast";
import { exponential, retry } from "holdfast/retry";
import { type Asked, ask } from "./ask.ts";

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

const attempts = retry({ maxAttempts: 4, backoff: exponential({ initialDelayMs: 50, maxDelayMs: 400 }) });
const limit = timeout({ ms: 800 });

/** A provider that knows a repeat by its key, so that what was not answered can be asked again. */
export function paymentsAt(baseUrl: string): Payments {
  return clientOf(
    baseUrl,
    wrap((asked: Asked, call: Call) => ask(asked, call), attempts, limit),
  );
}

/** One that does not: each request is sent once, whatever becomes of it. */
export function paymentsWithoutKeysAt(baseUrl: string): Payments {
  return clientOf(
    baseUrl,
    wrap((asked: Asked, call: Call) => ask(asked, call), limit),
  );
}

function clientOf(baseUrl: string, send: (asked: Asked, call: Call) => Promise<unknown>): Payments {
  const post = async <T>(path: string, { idempotencyKey, ...body }: Charge | Refund, call: Call) =>
    (await send({ step: "payment", url: new URL(path, baseUrl), body, idempotencyKey }, call)) as T;
  return {
    charge: (charge, call) => post("/charges", charge, call),
    refund: (refund, call) => post("/refunds", refund, call),
  };
}
