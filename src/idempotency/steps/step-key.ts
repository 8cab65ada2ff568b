/** Not imported: the ESM facade of a built-in module costs a cold start milliseconds. */
let hash: typeof import("node:crypto").hash | undefined;

/**
 * The idempotency key of one effect of a unit: the same in every run, another for every step, and for its compensation.
 *
 * A UUID, for that fits everywhere: DynamoDB's ClientRequestToken has 36 characters, payment providers have 64 or 255.
 * Source: RFC 9562, section 5.8 and appendix B.2 (version 8 from SHA-256).
 */
export function stepKey(unitId: string, what: "step" | "compensation", name: string): string {
  hash ??= process.getBuiltinModule("node:crypto").hash;
  // JSON tells where one part ends and the next begins.
  const hex = hash("sha256", JSON.stringify([unitId, what, name]), "hex");
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}
