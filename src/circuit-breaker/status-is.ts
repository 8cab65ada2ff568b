import { InvalidOptionError } from "../core/errors.ts";
import { responseOf } from "../retry/response-of.ts";

/**
 * Tells HTTP answers, and errors that carry one, by their status: the preset for `failureWhen` is `statusIs(429, 503)`.
 *
 * The status is looked for where clients put it: `status` (fetch, axios), `statusCode` (undici), `$metadata` (AWS SDK), `response`, `$response`.
 *
 * @example
 * ```ts
 * const bank = circuitBreaker({ name: "bank", failureWhen: statusIs(429, 503) });
 * ```
 */
export function statusIs(...statuses: readonly number[]): (answer: unknown) => boolean {
  if (statuses.length === 0)
    throw new InvalidOptionError("statusIs", "name at least one status, such as 429");
  for (const status of statuses) {
    if (!Number.isInteger(status) || status < 100 || status > 599) {
      throw new InvalidOptionError("statusIs", `${String(status)} is not an HTTP status, 100 to 599`);
    }
  }
  const wanted = new Set(statuses);
  return function hasStatus(answer) {
    const { status } = responseOf(answer);
    return status !== undefined && wanted.has(status);
  };
}
