import { type Call, deriveCall, entered, refusal, report, runtimeOf, scopeOf } from "../core/call.ts";
import { InvalidOptionError } from "../core/errors.ts";
import type { Fn } from "../core/fn.ts";
import { settled } from "../core/wrap.ts";
import { claim } from "./claim.ts";
import { decodeResult } from "./codec.ts";
import { IdempotencyLeaseLostError } from "./errors.ts";
import { payloadHash, readKey, recordId } from "./key.ts";
import { isSwitchedOff, unguarded } from "./kill-switch.ts";
import { lastWord } from "./last-word.ts";
import { openUnit } from "./open-unit.ts";
import { checkedOptions, type IdempotentOptions } from "./options.ts";
import type { Lease } from "./store.ts";
import type { WithUnit } from "./unit.ts";

export type { IdempotentOptions } from "./options.ts";

/** Clocks of machines that keep time differ by less. */
const CLOCK_SKEW_MS = 500;
const LEASE_WITHOUT_DEADLINE_MS = 60_000;
const FOURTEEN_DAYS_MS = 14 * 24 * 3_600_000;

/**
 * Runs a function once per key: a repeat gets the first answer again, and the function is not called.
 *
 * Effects inside `unit.transact` happen exactly once. Any other effect happens at least once: a run that dies half-way
 * is run again once its lease has ended. A function that fails is forgotten at once, so that the next delivery
 * runs; a store that does not answer is an error (`IDEMPOTENCY_STORE`), never "a new key". While another run
 * holds the key: `IDEMPOTENCY_IN_PROGRESS`, retryable.
 *
 * Put it round the smallest unit that must not repeat: the record of a batch, not the batch.
 *
 * @example
 * ```ts
 * const storeOrder = idempotent(
 *   async (order: Order, call) => call.unit.transact([putOrder(order)], { stored: true }),
 *   { store, operation: "store-order", key: (order) => order.orderId },
 * );
 * ```
 */
export function idempotent<I, R, C extends Call>(
  fn: Fn<I, R, C & WithUnit>,
  options: IdempotentOptions<I>,
): Fn<I, R, C> {
  if (typeof fn !== "function")
    throw new InvalidOptionError("idempotent", "its first argument must be the function");
  const { store, operation, key, payload, leaseMs, rememberMs = FOURTEEN_DAYS_MS } = checkedOptions(options);
  if (isSwitchedOff(operation)) return unguarded(fn, store);
  const last = lastWord(store, operation, rememberMs);

  return async function idempotentFn(input, given) {
    const call = entered(given);
    const refused = refusal(call);
    if (refused !== undefined) throw refused;
    // All of the input that counts is read before the function can change it.
    const id = recordId(operation, readKey(operation, key, input));
    const hash = payloadHash(operation, payload?.(input));
    const runtime = runtimeOf(call);
    const nowMs = runtime.now();
    const leaseUntilMs = nowMs + (leaseMs ?? defaultLeaseMs(call, nowMs));
    const expiresAtMs = Math.max(nowMs + rememberMs, leaseUntilMs);
    const owner = runtime.newId();
    const request = { id, owner, payloadHash: hash, nowMs, leaseUntilMs, expiresAtMs };
    const claimed = await claim(store, operation, request, call);
    if (!claimed.run) {
      report(call, { type: "idempotency.replayed", id });
      return decodeResult(claimed.result) as R;
    }
    const lease: Lease = { id, owner, fence: claimed.fence };
    report(call, { type: "idempotency.claimed", id, fence: lease.fence });
    return runUnder(lease, leaseUntilMs, input, call);
  };

  async function runUnder(lease: Lease, leaseUntilMs: number, input: I, call: C): Promise<R> {
    const overdue = (): unknown => new IdempotencyLeaseLostError(operation);
    const inner = deriveCall(call, { deadlineMs: leaseUntilMs, overdue });
    const { unit, recorded } = openUnit(lease, inner, operation, last);

    async function work(): Promise<{ readonly result: R; readonly isRecorded: boolean }> {
      // The claim's reply may have come after the lease had ended: asleep meanwhile, for one. Then nothing runs.
      const refused = refusal(inner);
      if (refused !== undefined) throw refused;
      const result = await settled(fn, input, Object.assign(inner, { unit }));
      const transacted = await recorded();
      if (transacted === undefined) return { result, isRecorded: false };
      // Repeats are given what was recorded, so the first answer is the same.
      return { result: transacted.result as R, isRecorded: true };
    }

    try {
      const { result, isRecorded } = await work().catch(async (error: unknown) => {
        const transacted = await recorded().catch(() => undefined);
        if (transacted === undefined) await last.release(lease, call);
        throw error;
      });
      if (!isRecorded) await last.complete(lease, result, call);
      return result;
    } finally {
      // What the function left running must not start anything new: the key is no longer held.
      scopeOf(inner).end();
    }
  }
}

function defaultLeaseMs(call: Call, nowMs: number): number {
  return call.deadlineMs === Number.POSITIVE_INFINITY
    ? LEASE_WITHOUT_DEADLINE_MS
    : Math.max(0, call.deadlineMs - nowMs) + CLOCK_SKEW_MS;
}
