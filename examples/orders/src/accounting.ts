import { type Call, RetryableError, TerminalError, timeout, wrap } from "holdfast";
import { exponential, retry } from "holdfast/retry";
import { ask } from "./ask.ts";
import type { Customer } from "./order.ts";

const attempts = retry({ maxAttempts: 4, backoff: exponential({ initialDelayMs: 50, maxDelayMs: 400 }) });
const limit = timeout({ ms: 800 });

/** Asks the accounting system who a customer is. Reading can be repeated, so this is retried within the deadline. */
export function accountingAt(baseUrl: string): (customerId: string, call: Call) => Promise<Customer> {
  return wrap(
    async (customerId: string, call: Call): Promise<Customer> => {
      const url = new URL(`/customers/${encodeURIComponent(customerId)}`, baseUrl);
      const response = await fetch(url, { signal: call.signal });
      if (response.status === 404)
        throw new TerminalError("The accounting system does not know the customer.");
      if (!response.ok) throw new RetryableError(`The accounting system answered ${response.status}.`);
      return (await response.json()) as Customer;
    },
    attempts,
    limit,
  );
}

/** A payment, to be posted. */
export interface Posting {
  readonly orderId: string;
  readonly chargeId: string;
  /** Whole cents. */
  readonly amount: number;
  readonly idempotencyKey: string;
}

/** Posts payments to the accounting system, which honours keys. */
export function postingsAt(
  baseUrl: string,
): (posting: Posting, call: Call) => Promise<{ readonly postingId: string }> {
  const url = new URL("/postings", baseUrl);
  return wrap(
    ({ idempotencyKey, ...body }: Posting, call: Call) =>
      ask<{ postingId: string }>({ step: "posting", url, body, idempotencyKey }, call),
    attempts,
    limit,
  );
}
