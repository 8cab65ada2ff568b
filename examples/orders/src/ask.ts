import { type Call, RetryableError, runtimeOf } from "holdfast";
import { retryAfterMs } from "holdfast/retry";
import { OrderRefused, type OrderStep } from "./order-refused.ts";

/** A request to a system outside that changes something there. */
export interface Asked {
  readonly step: OrderStep;
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
  if (!response.ok) throw failed(step, url, response, call);
  return (await response.json()) as T;
}

/** Reads what a system outside knows: changes nothing there. */
export async function look<T>(step: OrderStep, url: URL, call: Call): Promise<T> {
  const response = await fetch(url, { signal: call.signal });
  if (!response.ok) throw failed(step, url, response, call);
  return (await response.json()) as T;
}

/** It may pass: after as long as the other side says, if it does. */
function failed(step: OrderStep, { hostname }: URL, response: Response, call: Call): RetryableError {
  const message = `${step}: ${hostname} answered ${response.status}.`;
  const waitMs = retryAfterMs({ response }, runtimeOf(call).now());
  return new RetryableError(message, {
    cause: response,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  });
}
