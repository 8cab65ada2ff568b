import { canonical } from "./canonical.ts";
import { IdempotencyKeyMissingError } from "./errors.ts";

/**
 * The identity of one unit of work, as the caller's `key` function gives it: a business identifier, or several
 * named parts. Never a message id, which is new with every delivery.
 */
export type KeyValue = string | number | bigint | { readonly [part: string]: unknown };

/**
 * The record's identifier: the operation in clear, for people who look at the table, and the key hashed, because
 * keys may be personal data and of any length. Equal keys of different operations are different records.
 */
export function recordId(operation: string, key: KeyValue | null | undefined): string {
  checkPresent(operation, key);
  return `${operation}#${sha256(canonical(key))}`;
}

/** What distinguishes one payload from another under the same key; one and the same when nothing is to be compared. */
export function payloadHash(payload: unknown): string {
  return payload === undefined ? "-" : sha256(canonical(payload));
}

function checkPresent(operation: string, key: unknown): void {
  if (isMissing(key)) throw new IdempotencyKeyMissingError(operation);
  if (typeof key !== "object" || key === null) return;
  const parts = Object.entries(key);
  if (parts.length === 0) throw new IdempotencyKeyMissingError(operation);
  for (const [part, value] of parts) {
    if (isMissing(value)) throw new IdempotencyKeyMissingError(operation, part);
  }
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === "" || Number.isNaN(value);
}

/** Not imported: the ESM facade of a built-in module costs a cold start milliseconds. */
function sha256(text: string): string {
  return process.getBuiltinModule("node:crypto").hash("sha256", text, "base64url");
}
