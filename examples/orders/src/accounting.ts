import { type Call, RetryableError, TerminalError, timeout, wrap } from "holdfast";
import { exponential, retry } from "holdfast/retry";
import type { Customer } from "./order.ts";

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
    retry({ maxAttempts: 4, backoff: exponential({ initialDelayMs: 50, maxDelayMs: 400 }) }),
    timeout({ ms: 800 }),
  );
}
