/**
 * Statuses below 500 that another try may change, though the request is the same: they depend on who asks (401, 403), on
 * the moment (408, 409, 423, 425, 429), or on headers and states that are not compared (412).
 */
const MAY_CHANGE: ReadonlySet<number> = new Set([401, 403, 408, 409, 412, 423, 425, 429]);

/**
 * Whether an answer is remembered by its status alone, unless `rememberWhen` says otherwise.
 *
 * 2xx and 3xx are, and 4xx that the same request would get again: 400, 402, 404, 410, 422 and others. Not remembered, so that a
 * repeat runs: 5xx, 401, 403, 408, 409, 412, 423, 425, 429.
 *
 * @example
 * ```ts
 * const create = idempotentHttp(createOrder, {
 *   store,
 *   operation: "create-order",
 *   rememberWhen: (status) => isRemembered(status) && status !== 404,
 * });
 * ```
 */
export function isRemembered(status: number): boolean {
  return status >= 200 && status < 500 && !MAY_CHANGE.has(status);
}

/** Headers that speak of one connection, or of one moment (RFC 9110, sections 7.6.1 and 6.6.1): never remembered. */
const OF_THE_MOMENT: readonly string[] = [
  "connection",
  "date",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Says that an answer is a repeat's. */
export const REPLAYED = "Idempotency-Replayed";

/** Whether a header is left out of what is remembered. */
export type Forgets = (name: string) => boolean;

export function forgets(names: readonly string[] = ["set-cookie"]): Forgets {
  const all = new Set([...OF_THE_MOMENT, REPLAYED, ...names].map((name) => name.toLowerCase()));
  return (name) => all.has(name.toLowerCase());
}
