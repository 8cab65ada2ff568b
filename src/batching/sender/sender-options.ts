import { checkNumber, InvalidOptionError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import { type Backoff, exponential } from "../../retry/backoff.ts";
import type { BulkTarget } from "./bulk-target.ts";

export interface BulkSenderOptions {
  /** Requests under way at once. Default: 4. */
  readonly concurrency?: number;
  /** Sends of one entry, the first included. Default: 5. */
  readonly maxAttempts?: number;
  /** How long to wait before entries are sent again. Default: full jitter, doubling from 50 ms to 5 s. */
  readonly backoff?: Backoff;
  /**
   * Milliseconds before the call's deadline at which what has no result gets one, so that there is time to hand it on. `stream` ends then as well.
   * Default: 0.
   */
  readonly marginMs?: number;
  /** How long a request of a stream waits for more entries before it goes without them. Default: 10. */
  readonly lingerMs?: number;
}

/** Short at first: a busy target often takes the rest of a chunk a moment later. */
const DEFAULT_BACKOFF = exponential({ initialDelayMs: 50, maxDelayMs: 5_000 });

/** The options with their defaults; refuses wrong ones, and a target that is none, where they are given. */
export function checkedSender(
  where: string,
  target: BulkTarget<never>,
  options: BulkSenderOptions,
): Required<BulkSenderOptions> {
  checkOptions(where, options, ["concurrency", "maxAttempts", "backoff", "marginMs", "lingerMs"]);
  const { concurrency = 4, maxAttempts = 5, backoff = DEFAULT_BACKOFF } = options;
  const { marginMs = 0, lingerMs = 10 } = options;
  if (typeof target?.send !== "function" || typeof target.sizeOf !== "function") {
    throw new InvalidOptionError(where, "its first argument must be a bulk target, such as sqsTarget(…)");
  }
  checkNumber(where, "target.maxEntries", target.maxEntries, { min: 1, integer: true });
  checkNumber(where, "target.maxBytes", target.maxBytes, { min: 1 });
  checkNumber(where, "concurrency", concurrency, { min: 1, integer: true });
  checkNumber(where, "maxAttempts", maxAttempts, { min: 1, integer: true });
  checkNumber(where, "marginMs", marginMs, { min: 0 });
  checkNumber(where, "lingerMs", lingerMs, { min: 0 });
  if (typeof backoff?.delayMs !== "function") {
    throw new InvalidOptionError(where, "backoff must be a backoff, such as exponential() of holdfast/retry");
  }
  return { concurrency, maxAttempts, backoff, marginMs, lingerMs };
}
