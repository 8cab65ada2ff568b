/**
 * Whether `HOLDFAST_DISABLE` leaves idempotency on. The library obeys that kill switch by itself; this is for what the app makes
 * idempotent by its keys alone.
 */
export function isIdempotencyOn(): boolean {
  return !(process.env["HOLDFAST_DISABLE"] ?? "").split(/[\s,]+/).includes("idempotency");
}
