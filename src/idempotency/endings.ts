import { type Call, report, runtimeOf } from "../core/call.ts";
import { InvalidOptionError } from "../core/errors.ts";
import { afterwards } from "./afterwards.ts";
import { bareError } from "./bare-error.ts";
import { encodeResult } from "./codec.ts";
import { IdempotencyLeaseLostError, IdempotencyStoreError, transactUnsupported } from "./errors.ts";
import { UNTIL_SETTLED_MS } from "./lease-times.ts";
import { inRecord } from "./results/in-record.ts";
import type { ResultKeeper } from "./results/keeper.ts";
import { keptInTime } from "./results/kept-in-time.ts";
import type { IdempotencyStore, Lease, RecordChange, WriteAnswer } from "./store.ts";
import type { Verdict } from "./unit-extension.ts";

/** What becomes of a failure: it is forgotten, remembered, or left for someone to settle. */
export type AfterError = "release" | "remember" | "unknown-outcome";

/** How a run went well: the text of its result, and what the record keeps of it. */
export interface Outcome {
  readonly state: "COMPLETED" | "COMPLETED_NO_RESULT";
  readonly text: string | undefined;
  readonly kept: string | undefined;
  /** Why the result could not be kept, where something failed. */
  readonly cause?: unknown;
  readonly atMs: number;
  readonly expiresAtMs: number;
}

/** The writes that end a run, one of which is its last. */
export interface Endings {
  /** Records the result. Rejects when the lease is lost, or the store does not answer. */
  complete(lease: Lease, result: unknown, call: Call): Promise<Outcome>;
  /** What a transaction is to record for this result. */
  outcome(lease: Lease, result: unknown, call: Call): Promise<Outcome>;
  /**
   * Applies the items and records the outcome, together; or finds that an earlier send of this run has done so. An outcome
   * that is a function is asked for when the items are through. `notApplied` is called before it rejects, where the store knows that.
   */
  transact(
    lease: Lease,
    items: readonly object[],
    outcome: Outcome | (() => Promise<Outcome>),
    call: Call,
    notApplied: () => void,
  ): Promise<"applied" | "applied-before">;
  /** Records what becomes of a failure: what `after` says, or else the options. Never rejects: the caller must see the failure, and the lease will end. */
  fail(lease: Lease, verdict: Verdict, call: Call): Promise<void>;
}

export function endings(
  store: IdempotencyStore,
  operation: string,
  rememberMs: number,
  results: ResultKeeper,
  onError: (error: unknown) => AfterError,
): Endings {
  async function outcome(
    lease: Lease,
    result: unknown,
    call: Call,
    keep: ResultKeeper["keep"],
  ): Promise<Outcome> {
    const text = encodeResult(result);
    const kept = text === undefined ? undefined : await keep(text, lease, call);
    return kept === undefined ? withoutResult(call) : { state: "COMPLETED", text, kept, ...times(call) };
  }

  function withoutResult(call: Call, cause?: unknown): Outcome {
    return { state: "COMPLETED_NO_RESULT", text: undefined, kept: undefined, cause, ...times(call) };
  }

  async function failure(
    lease: Lease,
    error: unknown,
    after: AfterError,
    isOwing: boolean,
    call: Call,
  ): Promise<RecordChange> {
    if (after === "release")
      return { state: "RELEASED", ...times(call, isOwing ? UNTIL_SETTLED_MS : rememberMs) };
    if (after === "unknown-outcome") return { state: "UNKNOWN", ...times(call, UNTIL_SETTLED_MS) };
    // That it failed is to be remembered in any case; how is the smaller part.
    const keep = (text: string | undefined) =>
      text === undefined ? undefined : keptInTime(results, text, lease, call).catch(() => undefined);
    const result = (await keep(encodeResult(error))) ?? (await keep(encodeResult(bareError(error))));
    return { state: "FAILED", ...(result === undefined ? {} : { result }), ...times(call) };
  }

  /** What the record keeps by itself takes no time. */
  const keep: ResultKeeper["keep"] =
    results === inRecord ? inRecord.keep : (text, lease, call) => keptInTime(results, text, lease, call);

  function times(call: Call, keptMs = rememberMs) {
    const atMs = runtimeOf(call).now();
    return { atMs, expiresAtMs: atMs + keptMs };
  }

  /** The write that ends a run well has been answered. */
  function ended(
    answer: WriteAnswer,
    lease: Lease,
    change: RecordChange,
    outcome: Outcome,
    call: Call,
  ): void {
    const { id, fence } = lease;
    const { state, cause } = outcome;
    if (!answer.written && !isOwnLostReply(answer, lease, change))
      throw new IdempotencyLeaseLostError(operation);
    if (state === "COMPLETED_NO_RESULT") {
      report(call, { type: "idempotency.result-not-stored", operation, id, error: cause });
    }
    report(call, { type: "idempotency.completed", operation, id, fence, state });
  }

  /** The work is done: what keeps results may be down, and that must not bring the work on again. */
  async function outcomeAnyway(lease: Lease, result: unknown, call: Call): Promise<Outcome> {
    try {
      return await outcome(lease, result, call, keep);
    } catch (cause) {
      return withoutResult(call, cause);
    }
  }

  function storeFailed(cause: unknown): never {
    throw new IdempotencyStoreError(store, "complete", cause);
  }

  return {
    outcome: (lease, result, call) => outcome(lease, result, call, (...given) => results.keep(...given)),
    async complete(lease, result, call) {
      const done = await outcomeAnyway(lease, result, call);
      const change = changeOf(done);
      const answer = await afterwards(call, (late) => store.write(lease, change, late)).catch(storeFailed);
      ended(answer, lease, change, done, call);
      return done;
    },
    async transact(lease, items, outcome, call, notApplied) {
      if (store.transact === undefined) throw transactUnsupported(operation, store.name);
      let done = typeof outcome === "function" ? undefined : outcome;
      const change =
        typeof outcome !== "function"
          ? changeOf(outcome)
          : async () => {
              done = await outcome();
              return changeOf(done);
            };
      const answer = await store.transact(items, { lease, change, notApplied }, call);
      // Refused before the items were through.
      if (done === undefined) throw new IdempotencyLeaseLostError(operation);
      ended(answer, lease, changeOf(done), done, call);
      return answer.written ? "applied" : "applied-before";
    },
    async fail(lease, { error, after: known, isOwing = false }, call) {
      const { id, fence } = lease;
      try {
        const after = known ?? onError(error);
        if (!Object.hasOwn(FACTS, after))
          throw new InvalidOptionError("onError", `it must answer ${Object.keys(FACTS).join(", ")}`);
        const change = await failure(lease, error, after, isOwing, call);
        const answer = await afterwards(call, (late) => store.write(lease, change, late));
        if (answer.written) report(call, { type: `idempotency.${FACTS[after]}`, operation, id, fence });
      } catch (cause) {
        report(call, { type: "idempotency.release-failed", operation, id, fence, error: cause });
      }
    },
  };
}

/** What observers are told of each. */
const FACTS = {
  release: "released",
  remember: "failed",
  "unknown-outcome": "unknown-outcome",
} as const satisfies Record<AfterError, string>;

function changeOf({ state, kept, atMs, expiresAtMs }: Outcome): RecordChange {
  return { state, atMs, expiresAtMs, ...(kept === undefined ? {} : { result: kept }) };
}

/** Refused by a record that shows this very run's ending: the first reply was lost, the write was not. */
function isOwnLostReply(
  { found }: WriteAnswer & { readonly written: false },
  lease: Lease,
  change: RecordChange,
) {
  return (
    found?.owner === lease.owner &&
    found.fence === lease.fence &&
    found.state === change.state &&
    found.result === change.result
  );
}
