import { HoldfastError } from "../core/errors.ts";
import { canonical } from "./canonical.ts";
import { IdempotencyKeyMissingError, IdempotencyUnsupportedValueError } from "./errors.ts";

/**
 * The identity of one unit of work, as the caller's `key` function gives it: a business identifier, or several
 * named parts. Never a message id, which is new with every delivery.
 */
export type KeyValue = string | number | bigint | { readonly [part: string]: unknown };

/** A function of the input, or several by the name of the part that each gives. */
export type KeyOf<I> =
  | ((input: I) => KeyValue | null | undefined)
  | { readonly [part: string]: (input: I) => unknown };

/** What the options say of keys. */
export interface KeyOptions<I> {
  readonly operation: string;
  readonly key: KeyOf<I>;
  readonly tenant?: ((input: I) => string | number | bigint | null | undefined) | undefined;
  readonly payload?: ((input: I) => unknown) | undefined;
  readonly onMissingKey?: "error" | "run" | undefined;
}

/** Which record an input belongs to, and what must be equal in its repeats. */
export interface Identity {
  readonly id: string;
  readonly payloadHash: string;
}

/**
 * Reads all of an input that counts, at once, before anyone can change it; undefined for one without a key that may run.
 *
 * The record's identifier is the operation in clear, for people who look at the table, and key and tenant hashed: they
 * may be personal data and of any length. Equal keys of different operations, or tenants, are different records.
 *
 * @throws IdempotencyKeyMissingError, IdempotencyUnsupportedValueError, HoldfastError `IDEMPOTENCY_KEY_FAILED`.
 */
export function identify<I>(options: KeyOptions<I>, input: I): Identity | undefined {
  const { operation, tenant, payload } = options;
  const where = `Operation "${operation}": key`;
  const key = ask(operation, () => keyIn(options.key, input));
  let missing = missingIn(key, where);
  // A list is no key, so a key with its tenant never looks like one without.
  let scoped: unknown = key;
  if (tenant !== undefined) {
    const owner = ask(operation, () => tenant(input));
    if (isMissing(owner)) missing ??= "the tenant";
    scoped = [owner, key];
  }
  if (missing !== undefined) {
    if (options.onMissingKey === "run") return undefined;
    throw new IdempotencyKeyMissingError(operation, missing);
  }
  const compared = payload === undefined ? undefined : ask(operation, () => payload(input));
  return {
    id: `${operation}#${sha256(canonical(scoped, where, true))}`,
    payloadHash:
      payload === undefined
        ? NOTHING_TO_COMPARE
        : sha256(canonical(compared, `Operation "${operation}": payload`)),
  };
}

/** The operation that a record belongs to, as its identifier says. */
export function operationOf(id: string): string {
  return id.split("#", 1)[0] ?? id;
}

/** The payload's hash where none is compared: one and the same. */
const NOTHING_TO_COMPARE = "-";

function keyIn<I>(key: KeyOf<I>, input: I): unknown {
  if (typeof key === "function") return key(input);
  return Object.fromEntries(Object.entries(key).map(([part, read]) => [part, read(input)]));
}

/** What is missing of a key, in words. */
function missingIn(key: unknown, where: string): string | undefined {
  if (isMissing(key)) return "the key";
  if (typeof key === "boolean")
    throw new IdempotencyUnsupportedValueError(where, "a boolean (two keys for all inputs)");
  if (typeof key !== "object") return undefined;
  if (key instanceof Promise) {
    throw new IdempotencyUnsupportedValueError(where, "a Promise (key must answer at once)");
  }
  const prototype: unknown = Object.getPrototypeOf(key);
  if (prototype !== null && prototype !== Object.prototype) {
    throw new IdempotencyUnsupportedValueError(
      where,
      "anything but a string, a number or an object of named parts",
    );
  }
  const parts = Object.entries(key as object);
  if (parts.length === 0) return "the key";
  const missing = parts.find(([, item]) => isMissing(item));
  return missing && `the key's part "${missing[0]}"`;
}

function ask<T>(operation: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new HoldfastError(
      "IDEMPOTENCY_KEY_FAILED",
      `Operation "${operation}": the function that reads key, tenant or payload threw, so nothing was run; see the cause. ` +
        "Does the input have the form it expects?",
      { cause },
    );
  }
}

function isMissing(value: unknown): value is null | undefined {
  return value === undefined || value === null || value === "" || Number.isNaN(value);
}

/** Not imported: the ESM facade of a built-in module costs a cold start milliseconds. Kept: each look-up costs as well. */
let hash: typeof import("node:crypto").hash | undefined;

function sha256(text: string): string {
  hash ??= process.getBuiltinModule("node:crypto").hash;
  return hash("sha256", text, "base64url");
}
