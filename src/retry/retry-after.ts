import { httpDateMs } from "./http-date.ts";
import { type ResponseFacts, responseOf } from "./response-of.ts";

/**
 * How long the other side asks to wait, in milliseconds from now; undefined where it does not say, or says nonsense.
 *
 * An error's own `retryAfterMs`; then the headers of the answer that it carries: `Retry-After` in seconds or as an HTTP date,
 * `x-amz-retry-after` in milliseconds. A date in the past asks for nothing.
 * Source: RFC 9110, sections 10.2.3 and 5.6.7.
 *
 * @example
 * ```ts
 * const waitMs = retryAfterMs(error, runtimeOf(call).now()) ?? 1_000;
 * ```
 */
export function retryAfterMs(error: unknown, nowMs: number): number | undefined {
  try {
    return asked(error, nowMs);
  } catch {
    // A getter that throws must not take the place of what was thrown.
    return undefined;
  }
}

function asked(error: unknown, nowMs: number): number | undefined {
  const own = (error as { readonly retryAfterMs?: unknown } | null | undefined)?.retryAfterMs;
  if (typeof own === "number" && own >= 0 && own < Number.POSITIVE_INFINITY) return own;
  return typeof error === "object" && error !== null ? fromHeaders(responseOf(error), nowMs) : undefined;
}

function fromHeaders({ header }: ResponseFacts, nowMs: number): number | undefined {
  const milliseconds = header("x-amz-retry-after")?.trim() ?? "";
  if (isWhole(milliseconds)) return Number(milliseconds);
  const text = header("retry-after")?.trim() ?? "";
  if (isWhole(text)) return Number(text) * 1_000;
  const atMs = httpDateMs(text, nowMs);
  return atMs === undefined ? undefined : Math.max(0, atMs - nowMs);
}

/** As many digits as a number can hold exactly. */
function isWhole(text: string): boolean {
  return /^\d{1,12}$/.test(text);
}
