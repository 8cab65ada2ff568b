/**
 * The kill switch: `HOLDFAST_DISABLE=idempotency` in the environment takes the protection away, for the day on which
 * the store is the problem and repeats are the lesser one. Read once, where the function is wrapped, and said
 * loudly on standard error.
 */
export function isSwitchedOff(operation: string): boolean {
  if (!isDisabled()) return false;
  console.error(
    `holdfast: HOLDFAST_DISABLE switches idempotency OFF for operation "${operation}": repeats will repeat their effects.`,
  );
  return true;
}

/** The same, without a word. */
export function isDisabled(): boolean {
  return (process.env["HOLDFAST_DISABLE"] ?? "").split(/[\s,]+/).includes("idempotency");
}
