import { HoldfastError } from "../core/errors.ts";
import { canonical } from "./canonical.ts";
import { IdempotencyKeyMissingError, IdempotencyUnsupportedValueError } from "./errors.ts";

/**
 * The identity of one unit of work, as the caller's `key` function gives it: a business identifier, or several
 * named parts. Never a message id, which is new with every delivery.
 */
export type KeyValue = string | number | bigint | { readonly [part: string]: unknown };

/**
 * Asks for the key of an input.
 *
 * @throws IdempotencyKeyMissingError, IdempotencyUnsupportedValueError, HoldfastError `IDEMPOTENCY_KEY_FAILED`.
 */
export function readKey<I>(
  operation: string,
  key: (input: I) => KeyValue | null | undefined,
  input: I,
): KeyValue {
  const value = ask(operation, () => key(input));
  if (isMissing(value)) throw new IdempotencyKeyMissingError(operation);
  if (typeof value !== "object") return value;
  const where = `Operation "${operation}": key`;
  if (value instanceof Promise) {
    throw new IdempotencyUnsupportedValueError(where, "a Promise (key must answer at once)");
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) {
    throw new IdempotencyUnsupportedValueError(
      where,
      "anything but a string, a number or an object of named parts",
    );
  }
  checkParts(operation, value);
  return value;
}

function ask<T>(operation: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new HoldfastError(
      "IDEMPOTENCY_KEY_FAILED",
      `Operation "${operation}": the key function threw, so nothing was run; see the cause. Does the input have the form it expects?`,
      { cause },
    );
  }
}

function checkParts(operation: string, value: Readonly<Record<string, unknown>>): void {
  const parts = Object.keys(value);
  if (parts.length === 0) throw new IdempotencyKeyMissingError(operation);
  for (const part of parts) {
    if (isMissing(value[part])) throw new IdempotencyKeyMissingError(operation, part);
  }
}

function isMissing(value: unknown): value is null | undefined {
  return value === undefined || value === null || value === "" || Number.isNaN(value);
}

/**
 * The record's identifier: the operation in clear, for people who look at the table, and the key hashed, because
 * keys may be personal data and of any length. Equal keys of different operations are different records.
 */
export function recordId(operation: string, key: KeyValue): string {
  return `${operation}#${sha256(canonical(key, `Operation "${operation}": key`))}`;
}

/** What distinguishes one payload from another under the same key; one and the same when nothing is to be compared. */
export function payloadHash(operation: string, payload: unknown): string {
  return payload === undefined ? "-" : sha256(canonical(payload, `Operation "${operation}": payload`));
}

/** Not imported: the ESM facade of a built-in module costs a cold start milliseconds. Kept: each look-up costs as well. */
let hash: typeof import("node:crypto").hash | undefined;

function sha256(text: string): string {
  hash ??= process.getBuiltinModule("node:crypto").hash;
  return hash("sha256", text, "base64url");
}
