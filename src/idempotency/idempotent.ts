import { type Call, deriveCall, refusal, report, runtimeOf, scopeOf } from "../core/call.ts";
import { checkNumber, HoldfastError, InvalidOptionError } from "../core/errors.ts";
import type { Fn } from "../core/fn.ts";
import { settled } from "../core/wrap.ts";
import { afterwards } from "./afterwards.ts";
import { claim } from "./claim.ts";
import { decodeResult, encodeResult } from "./codec.ts";
import { IdempotencyLeaseLostError, IdempotencyStoreError } from "./errors.ts";
import { type KeyValue, payloadHash, recordId } from "./key.ts";
import { isSwitchedOff, unguarded } from "./kill-switch.ts";
import type { IdempotencyStore, Lease, WriteAnswer } from "./store.ts";
import type { Unit, WithUnit } from "./unit.ts";

export interface IdempotentOptions<I> {
  readonly store: IdempotencyStore;
  /** What is done, in the words of the business: `post-ledger-entry`. Part of every key. */
  readonly operation: string;
  /**
   * What makes two events the same piece of work: an order's id, or several named parts. Never a message id, which
   * is new with every delivery. A missing key, or part, is refused: `IDEMPOTENCY_KEY_MISSING`.
   */
  readonly key: (input: I) => KeyValue | null | undefined;
  /** What must be equal when the key is: a difference is refused. Default: nothing is compared. */
  readonly payload?: (input: I) => unknown;
  /**
   * How long a key is held for a run that says nothing more, in milliseconds. Must be shorter than the source goes on
   * retrying. Default: until the call's deadline, and 500 ms more for clocks that differ; 60,000 without a deadline.
   */
  readonly leaseMs?: number;
  /**
   * How long a completed key is remembered, in milliseconds: longer than any queue, archive or redrive can bring the
   * event back. Default: 14 days, the longest that an SQS queue keeps a message.
   */
  readonly rememberMs?: number;
}

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
  const { store, operation, key, payload, leaseMs, rememberMs = FOURTEEN_DAYS_MS } = checked(options);
  if (isSwitchedOff(operation)) return unguarded(fn, store);

  return async function idempotentFn(input, call) {
    const refused = refusal(call);
    if (refused !== undefined) throw refused;
    // All of the input that counts is read before the function can change it.
    const id = recordId(operation, key(input));
    const hash = payloadHash(payload?.(input));
    const runtime = runtimeOf(call);
    const nowMs = runtime.now();
    const leaseUntilMs = nowMs + (leaseMs ?? defaultLeaseMs(call, nowMs));
    const owner = runtime.newId();
    const claimed = await claim(
      store,
      operation,
      {
        id,
        owner,
        payloadHash: hash,
        nowMs,
        leaseUntilMs,
        expiresAtMs: Math.max(nowMs + rememberMs, leaseUntilMs),
      },
      call,
    );
    if (!claimed.run) {
      report(call, { type: "idempotency.replayed", id });
      return decodeResult(claimed.result) as R;
    }
    const lease: Lease = { id, owner, fence: claimed.fence };
    report(call, { type: "idempotency.claimed", id, fence: claimed.fence });
    return runUnder(lease, leaseUntilMs, input, call);
  };

  async function runUnder(lease: Lease, leaseUntilMs: number, input: I, call: C): Promise<R> {
    const inner = deriveCall(call, {
      deadlineMs: leaseUntilMs,
      overdue: () => new IdempotencyLeaseLostError(operation),
    });
    const unit = openUnit(lease, inner);
    const withUnit = Object.assign(inner, { unit });
    try {
      const result = await startIfHeld(withUnit, () => settled(fn, input, withUnit)).catch(
        async (error: unknown) => {
          if (!unit.done) await release(lease, call);
          throw error;
        },
      );
      if (!unit.done) await complete(lease, result, call);
      return result;
    } finally {
      // What the function left running must not start anything new: the key is no longer held.
      scopeOf(inner).end();
    }
  }

  /** The claim's reply may have come so late that the lease has ended: asleep meanwhile, for one. Then nothing runs. */
  function startIfHeld(held: Call, start: () => Promise<R>): Promise<R> {
    const refused = refusal(held);
    return refused === undefined ? start() : Promise.reject(refused);
  }

  function openUnit(lease: Lease, call: Call): Unit & { readonly done: boolean } {
    let state: "open" | "begun" | "done" = "open";
    return {
      id: lease.id,
      fence: lease.fence,
      get done() {
        return state === "done";
      },
      async transact(items, result) {
        const refused = refusal(call);
        if (refused !== undefined) throw refused;
        if (state !== "open") throw alreadyTransacted(operation);
        state = "begun";
        try {
          const completion = { lease, ...stored(result), expiresAtMs: expiry(call) };
          checkStillMine(await store.transact(items, completion, call), lease);
        } catch (error) {
          // May be called again: if it was applied after all, the record shows this run's completion.
          state = "open";
          throw error;
        }
        state = "done";
        report(call, { type: "idempotency.completed", id: lease.id, fence: lease.fence });
        return result;
      },
    };
  }

  async function complete(lease: Lease, result: unknown, call: Call): Promise<void> {
    const answer = await afterwards(call, (late) =>
      store.complete({ lease, ...stored(result), expiresAtMs: expiry(late) }, late),
    ).catch((cause: unknown) => {
      throw new IdempotencyStoreError(store.name, "complete", cause);
    });
    checkStillMine(answer, lease);
    report(call, { type: "idempotency.completed", id: lease.id, fence: lease.fence });
  }

  /** The function's error is what the caller must see, so a release that fails is only reported: the lease will end. */
  async function release(lease: Lease, call: Call): Promise<void> {
    try {
      await afterwards(call, (late) => store.release(lease, late));
      report(call, { type: "idempotency.released", id: lease.id, fence: lease.fence });
    } catch (error) {
      report(call, { type: "idempotency.release-failed", id: lease.id, fence: lease.fence, error });
    }
  }

  function checkStillMine(answer: WriteAnswer, lease: Lease): void {
    if (answer.written) return;
    const { found } = answer;
    // Refused by a record that shows this very run's completion: the first reply was lost, the write was not.
    if (found?.owner === lease.owner && found.fence === lease.fence && found.state.startsWith("COMPLETED"))
      return;
    throw new IdempotencyLeaseLostError(operation);
  }

  function expiry(call: Call): number {
    return runtimeOf(call).now() + rememberMs;
  }
}

/** DynamoDB's items are 400 KB at most, and the record has other attributes. */
const LARGEST_RESULT_BYTES = 350_000;

function stored(result: unknown): { readonly result?: string } {
  const text = encodeResult(result);
  return text === undefined || Buffer.byteLength(text) > LARGEST_RESULT_BYTES ? {} : { result: text };
}

function defaultLeaseMs(call: Call, nowMs: number): number {
  return call.deadlineMs === Number.POSITIVE_INFINITY
    ? LEASE_WITHOUT_DEADLINE_MS
    : Math.max(0, call.deadlineMs - nowMs) + CLOCK_SKEW_MS;
}

function alreadyTransacted(operation: string): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_TRANSACT_TWICE",
    `Operation "${operation}": unit.transact was called before. It completes the unit, so put all items into one call.`,
  );
}

function checked<I>(options: IdempotentOptions<I>): IdempotentOptions<I> {
  const { store, operation, key, payload, leaseMs, rememberMs } = options;
  const where = "idempotent";
  if (typeof store?.claim !== "function")
    throw new InvalidOptionError(where, "store must be an idempotency store");
  if (typeof operation !== "string" || !/^[\x21-\x7e]{1,100}$/.test(operation)) {
    throw new InvalidOptionError(where, "operation must be a name of 1 to 100 visible ASCII characters");
  }
  if (typeof key !== "function") throw new InvalidOptionError(where, "key must be a function of the input");
  if (payload !== undefined && typeof payload !== "function") {
    throw new InvalidOptionError(where, "payload must be a function of the input");
  }
  if (leaseMs !== undefined) checkNumber(where, "leaseMs", leaseMs, { min: 1 });
  if (rememberMs !== undefined) checkNumber(where, "rememberMs", rememberMs, { min: 1 });
  return options;
}
