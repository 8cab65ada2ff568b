import { report } from "../core/call.ts";
import { checkNumber, HoldfastError } from "../core/errors.ts";
import { checkRequiredOptions } from "../core/options.ts";
import type { Policy } from "../core/policy.ts";
import { started } from "../core/wrap.ts";
import { checkName } from "./check-name.ts";
import type { CircuitFact } from "./facts.ts";

export interface BulkheadOptions {
  /** What is behind it: in errors and facts. 1 to 100 ASCII characters. */
  readonly name: string;
  /** Calls that may be under way at once, in this process. */
  readonly maxConcurrent: number;
}

/**
 * Lets no more than so many calls be under way at once, and refuses the rest (`BULKHEAD_FULL`, retryable).
 *
 * For processes that serve many invocations at once: Lambda Managed Instances, servers, a batch's records. It does not queue: what waits here would hold memory and
 * its deadline, while its source could wait for it.
 *
 * @example
 * ```ts
 * const charge = wrap(callBank, bulkhead({ name: "bank", maxConcurrent: 20 }), timeout({ ms: 2_000 }));
 * ```
 */
export function bulkhead(options: BulkheadOptions): Policy {
  checkRequiredOptions("bulkhead", options, ["name", "maxConcurrent"]);
  const { name, maxConcurrent } = options;
  checkName("bulkhead", name);
  checkNumber("bulkhead", "maxConcurrent", maxConcurrent, { min: 1, integer: true });
  let running = 0;
  return {
    name: "bulkhead",
    run(_input, call, next) {
      if (running >= maxConcurrent) {
        report(call, { type: "bulkhead.refused", name, running } satisfies CircuitFact);
        return Promise.reject(full(name, maxConcurrent));
      }
      running += 1;
      const left = (): void => {
        running -= 1;
      };
      const answer = started(next, call);
      answer.then(left, left);
      return answer;
    },
  };
}

function full(name: string, maxConcurrent: number): HoldfastError {
  return new HoldfastError(
    "BULKHEAD_FULL",
    `"${name}" has ${maxConcurrent} calls under way in this process, as many as it may have. Come again later, or allow more.`,
    { retryable: true },
  );
}
