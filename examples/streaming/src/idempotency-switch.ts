/**
 * Whether `HOLDFAST_DISABLE` leaves idempotency on. The library obeys that kill switch by itself; this is for what the app makes
 * idempotent by its keys alone.
 */
export const isIdempotencyOn = !(process.env["HOLDFAST_DISABLE"] ?? "")
  .split(/[\s,]+/)
  .includes("idempotency");
