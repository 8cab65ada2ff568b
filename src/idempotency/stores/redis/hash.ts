import { checkedState, type IdempotencyRecord, type Steps, stepsOf } from "../../record.ts";
import type { RecordChange } from "../../store.ts";

/** A record's fields in Redis, as texts, besides one for each of its steps. All times are in milliseconds. */
export interface Hash {
  readonly v: string;
  readonly state: string;
  readonly owner: string;
  readonly fence: string;
  readonly lease: string;
  readonly expiresAt: string;
  readonly at: string;
  readonly payload: string;
  readonly result: string;
}

/** In front of the name of a step, so that it is no other field of the record. The scripts know it as well. */
const STEP = "step:";

/**
 * Reads the names and values of a hash, one after the other. A hash that is no record of ours (another use of the key)
 * is an error, never "a new key".
 */
export function recordOf(pairs: readonly string[]): IdempotencyRecord | undefined {
  if (pairs.length === 0) return undefined;
  const fields = Array.from(
    { length: pairs.length / 2 },
    (_, index) => [pairs[2 * index] ?? "", pairs[2 * index + 1] ?? ""] as const,
  );
  const hash: Partial<Hash> = Object.fromEntries(fields);
  const steps = stepsOf(
    fields.flatMap(([name, text]) => (name.startsWith(STEP) ? [[name.slice(STEP.length), text]] : [])),
  );
  const { state, owner, payload, result } = hash;
  const [version, fence, leaseUntilMs, expiresAtMs, atMs] = [
    hash.v,
    hash.fence,
    hash.lease,
    hash.expiresAt,
    hash.at,
  ].map((value) => Number(value ?? Number.NaN)) as [number, number, number, number, number];
  const numbers = [version, fence, leaseUntilMs, expiresAtMs, atMs];
  if (state === undefined || owner === undefined || payload === undefined || numbers.some(Number.isNaN)) {
    throw new TypeError("The key holds a hash that is not an idempotency record. Set another keyPrefix.");
  }
  return {
    version,
    state: checkedState(state, version),
    owner,
    fence,
    leaseUntilMs,
    expiresAtMs,
    atMs,
    payloadHash: payload,
    ...(result === undefined ? {} : { result }),
    ...(steps === undefined ? {} : { steps }),
  };
}

/** The fields of steps. */
export function stepFields(steps: Steps = {}): readonly (readonly [field: string, text: string])[] {
  return Object.entries(steps).map(([name, text]) => [STEP + name, text]);
}

/** What of a hash a change writes, besides steps. */
export function changedFields(change: RecordChange & { readonly owner?: string }): Partial<Hash> {
  const { state, owner, result, leaseUntilMs, expiresAtMs, atMs } = change;
  return {
    ...(state === undefined ? {} : { state }),
    ...(owner === undefined ? {} : { owner }),
    ...(result === undefined ? {} : { result }),
    ...(leaseUntilMs === undefined ? {} : { lease: numberText(leaseUntilMs) }),
    ...(expiresAtMs === undefined ? {} : { expiresAt: numberText(expiresAtMs) }),
    ...(atMs === undefined ? {} : { at: numberText(atMs) }),
  };
}

/** A number as scripts read it. One that Lua has no text for would make a comparison fail half-way. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError("A time or a fence of the record is no finite number.");
  return String(value);
}

/** How much longer Redis keeps a record than the record says of itself. */
const GRACE_MS = 3_600_000;

/**
 * How long Redis keeps a record from now on, in milliseconds.
 *
 * A time to live, not a time of day (PEXPIREAT): Redis's clock may be ahead of ours, and would forget a record early.
 * The grace is for a replica that takes over with another clock, and leaves a record that is just over to `claim`,
 * which replaces it under its own fence.
 */
export function timeToLive(expiresAtMs: number, nowMs: number): string {
  return numberText(Math.ceil(Math.max(expiresAtMs - nowMs, 0)) + GRACE_MS);
}
