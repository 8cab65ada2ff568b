import { checkNumber, InvalidOptionError } from "../core/errors.ts";
import { checkRequiredOptions } from "../core/options.ts";
import type { KeyValue } from "./key.ts";
import type { IdempotencyStore } from "./store.ts";

export interface IdempotentOptions<I> {
  readonly store: IdempotencyStore;
  /** What is done, in the words of the business: `post-ledger-entry`. Part of every key. */
  readonly operation: string;
  /**
   * What makes two events the same piece of work: an order's id, or several named parts. Never a message id, which
   * is new with every delivery. A missing key, or part, is refused: `IDEMPOTENCY_KEY_MISSING`.
   */
  readonly key: (input: I) => KeyValue | null | undefined;
  /** What must be equal when the key is: a difference is refused. Default: nothing is compared. */
  readonly payload?: (input: I) => unknown;
  /**
   * How long a key is held for a run that says nothing more, in milliseconds. Must be shorter than the source goes on
   * retrying. Default: until the call's deadline, and 500 ms more for clocks that differ; 60,000 without a deadline.
   */
  readonly leaseMs?: number;
  /**
   * How long a completed key is remembered, in milliseconds: longer than any queue, archive or redrive can bring the
   * event back. Default: 14 days, the longest that an SQS queue keeps a message.
   */
  readonly rememberMs?: number;
}

const KNOWN = [
  "store",
  "operation",
  "key",
  "payload",
  "leaseMs",
  "rememberMs",
] as const satisfies (keyof IdempotentOptions<unknown>)[];

const STORE_METHODS = [
  "claim",
  "complete",
  "release",
  "transact",
] as const satisfies (keyof IdempotencyStore)[];

/** The options as they were given, or an error for the first that is wrong. */
export function checkedOptions<I>(options: IdempotentOptions<I>): IdempotentOptions<I> {
  const where = "idempotent";
  checkRequiredOptions(where, options, KNOWN);
  const { store, operation, key, payload, leaseMs, rememberMs } = options;
  if (STORE_METHODS.some((method) => typeof store?.[method] !== "function")) {
    throw new InvalidOptionError(
      where,
      "store must be an idempotency store: dynamoDBStore(…) or memoryStore()",
    );
  }
  if (typeof operation !== "string" || !/^[\x20-\x7e]{1,100}$/.test(operation) || operation.includes("#")) {
    throw new InvalidOptionError(where, "operation must be a name of 1 to 100 ASCII characters without #");
  }
  if (typeof key !== "function") throw new InvalidOptionError(where, "key must be a function of the input");
  if (payload !== undefined && typeof payload !== "function") {
    throw new InvalidOptionError(where, "payload must be a function of the input");
  }
  if (leaseMs !== undefined) checkNumber(where, "leaseMs", leaseMs, { min: 1 });
  if (rememberMs !== undefined) checkNumber(where, "rememberMs", rememberMs, { min: 1 });
  return options;
}
