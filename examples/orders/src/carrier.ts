import { type Call, timeout, wrap } from "holdfast";
import { exponential, retry } from "holdfast/retry";
import { ask } from "./ask.ts";

export interface Shipment {
  readonly orderId: string;
  readonly customerId: string;
  readonly idempotencyKey: string;
}

/** Who takes parcels to customers; honours keys. */
export interface Carrier {
  ship(shipment: Shipment, call: Call): Promise<{ readonly trackingId: string }>;
}

export function carrierAt(baseUrl: string): Carrier {
  const url = new URL("/shipments", baseUrl);
  return {
    ship: wrap(
      ({ idempotencyKey, ...body }: Shipment, call: Call) =>
        ask<{ trackingId: string }>({ step: "shipping", url, body, idempotencyKey }, call),
      retry({ maxAttempts: 4, backoff: exponential({ initialDelayMs: 50, maxDelayMs: 400 }) }),
      timeout({ ms: 800 }),
    ),
  };
}
