import { type Call, RetryableError } from "holdfast";
import { type FulfilmentStep, OrderRefused } from "./order-refused.ts";

/** A request to a system outside that changes something there. */
export interface Asked {
  readonly step: FulfilmentStep;
  readonly url: URL;
  readonly body: object;
  /** The same for every repeat: a target that honours it does the work once, and answers the same. */
  readonly idempotencyKey: string;
}

/** Asks once. 402 and 422 are the other side's no; for anything but an answer nobody knows whether the work was done. */
export async function ask<T>({ step, url, body, idempotencyKey }: Asked, call: Call): Promise<T> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "Idempotency-Key": idempotencyKey },
    body: JSON.stringify(body),
    signal: call.signal,
  });
  if (response.status === 402 || response.status === 422) {
    const { message } = (await response.json()) as { readonly message: string };
    throw new OrderRefused(step, message);
  }
  if (!response.ok) throw new RetryableError(`${step}: ${url.hostname} answered ${response.status}.`);
  return (await response.json()) as T;
}
