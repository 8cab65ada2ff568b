import { type Call, refusal, report, runtimeOf, scopeOf } from "../core/call.ts";
import { HoldfastError } from "../core/errors.ts";
import { sleep } from "../core/sleep.ts";
import { type Decision, decide } from "./decide.ts";
import {
  IdempotencyInProgressError,
  IdempotencyPayloadMismatchError,
  IdempotencyStoreError,
  IdempotencyUnknownOutcomeError,
} from "./errors.ts";
import { factsOf } from "./facts.ts";
import type { IdempotencyRecord, Steps } from "./record.ts";
import type { ClaimRequest, IdempotencyStore } from "./store.ts";

/** The key is this run's. `took` is the record it took over, from stores that can tell. */
export interface Granted {
  readonly kind: "run";
  readonly fence: number;
  readonly leaseUntilMs: number;
  readonly took?: IdempotencyRecord | undefined;
  /** What earlier runs have finished. */
  readonly steps?: Steps | undefined;
}

/** What came of asking for a key: it is this run's, or was ended before, or another run holds it. */
export type Claimed = Granted | { readonly kind: "replay" | "in-flight"; readonly found: IdempotencyRecord };

/** What becomes of a repeat that comes while the first run goes on. */
export type WhileInFlight = "throw" | "wait" | "skip";

/** What a claim needs of a store. */
type ClaimStore = Pick<IdempotencyStore, "name" | "claim" | "hint">;

/** Others may change the record between its refusal and the next write; that often in a row is a contest lost. */
const MAX_CLAIMS = 4;

/**
 * Claims the key, or says from the record that stood in the way what comes of this run instead.
 *
 * `ask` makes the request anew whenever it is sent, for time passes; its owner must stay the same.
 */
export async function claim(
  store: ClaimStore,
  operation: string,
  ask: () => ClaimRequest,
  whileInFlight: WhileInFlight,
  call: Call,
): Promise<Claimed> {
  let request = ask();
  for (let claims = 1, waits = 0; claims <= MAX_CLAIMS; claims++) {
    const answer = await send(store, request, call);
    if (answer.claimed) {
      const { fence, took } = answer;
      // Those of an expired record are as gone as the rest of it.
      const steps = request.replacesFence === undefined ? took?.steps : undefined;
      return { kind: "run", fence, leaseUntilMs: request.leaseUntilMs, took, steps };
    }
    const { found } = answer;
    const decision: Decision = found === undefined ? { kind: "claim-again" } : decide(found, request);
    if (found === undefined || decision.kind === "claim-again") {
      request = ask();
      continue;
    }
    const refuse = (error: Error): Error => {
      report(call, { type: "idempotency.refused", ...factsOf(operation, request.id, found, call) });
      return error;
    };
    switch (decision.kind) {
      case "run":
        return { kind: "run", fence: found.fence, leaseUntilMs: found.leaseUntilMs, steps: found.steps };
      case "replay":
        return { kind: "replay", found };
      case "replace-expired":
        request = { ...ask(), replacesFence: found.fence };
        break;
      case "in-progress": {
        if (whileInFlight === "skip") return { kind: "in-flight", found };
        const waitMs = Math.min(decision.retryAfterMs, jitteredMs(call, waits++));
        const { runtime, hardBoundMs } = scopeOf(call);
        if (whileInFlight === "throw" || runtime.now() + waitMs >= hardBoundMs) {
          throw refuse(new IdempotencyInProgressError(operation, decision.retryAfterMs));
        }
        await sleep(call, waitMs);
        request = ask();
        // Waiting is no contest: as long as there is time, it goes on.
        claims = 0;
        break;
      }
      case "payload-mismatch":
        throw refuse(new IdempotencyPayloadMismatchError(operation));
      case "unknown-outcome":
        throw refuse(new IdempotencyUnknownOutcomeError(operation));
      case "unknown-version":
        throw refuse(unknownVersion(operation, found.version));
    }
  }
  throw new IdempotencyInProgressError(operation, request.leaseUntilMs - request.nowMs);
}

/** Asks again after some 50 ms, then twice that, up to a second: every time costs a write unit. */
function jitteredMs(call: Call, waits: number): number {
  return Math.min(50 * 2 ** waits, 1_000) * (0.5 + runtimeOf(call).random() / 2);
}

/** Whatever goes wrong in the store, or with its answer, is the store's: it is never taken for a new key. */
async function send(store: ClaimStore, request: ClaimRequest, call: Call) {
  try {
    const answer = await store.claim(request, call);
    if (answer.claimed && !Number.isFinite(answer.fence)) throw new TypeError("The store gave no fence.");
    return answer;
  } catch (cause) {
    // Cut off: that is what happened, and not the store's doing.
    const over = refusal(call);
    if (over !== undefined) throw over;
    throw new IdempotencyStoreError(store, "claim", cause);
  }
}

function unknownVersion(operation: string, version: number): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_RECORD_VERSION",
    `Operation "${operation}": the record has format version ${version}, which a newer holdfast wrote. ` +
      "Finish the deployment of that version; the event can be delivered again.",
    { retryable: true },
  );
}
