import type { Call } from "../core/call.ts";
import { HoldfastError } from "../core/errors.ts";
import { decide } from "./decide.ts";
import {
  IdempotencyInProgressError,
  IdempotencyPayloadMismatchError,
  IdempotencyResultNotStoredError,
  IdempotencyStoreError,
} from "./errors.ts";
import type { ClaimRequest, IdempotencyStore } from "./store.ts";

/** The key is this run's, or was completed before. */
export type Claimed =
  | { readonly run: true; readonly fence: number }
  | { readonly run: false; readonly result: string };

/** Others may change the record between its refusal and the next write; that often in a row is a contest lost. */
const MAX_CLAIMS = 4;

/** Claims the key, or says from the record that stood in the way what comes of this run instead. */
export async function claim(
  store: Pick<IdempotencyStore, "name" | "claim">,
  operation: string,
  request: ClaimRequest,
  call: Call,
): Promise<Claimed> {
  let asked = request;
  for (let claims = 1; claims <= MAX_CLAIMS; claims++) {
    const answer = await ask(store, asked, call);
    if (answer.claimed) return { run: true, fence: answer.fence };
    const decision = decide(answer.found, request);
    switch (decision.kind) {
      case "run":
        return { run: true, fence: decision.fence };
      case "replay":
        return { run: false, result: decision.result };
      case "in-progress":
        throw new IdempotencyInProgressError(operation, decision.retryAfterMs);
      case "payload-mismatch":
        throw new IdempotencyPayloadMismatchError(operation);
      case "result-not-stored":
        throw new IdempotencyResultNotStoredError(operation);
      case "unknown-version":
        throw unknownVersion(operation, decision.version);
      case "replace-expired":
        asked = { ...request, replacesFence: decision.fence };
        break;
      case "claim-again":
        asked = request;
        break;
    }
  }
  throw new IdempotencyInProgressError(operation, request.leaseUntilMs - request.nowMs);
}

/** Whatever goes wrong in the store, or with its answer, is the store's: it is never taken for a new key. */
async function ask(store: Pick<IdempotencyStore, "name" | "claim">, request: ClaimRequest, call: Call) {
  try {
    const answer = await store.claim(request, call);
    if (answer.claimed && !Number.isFinite(answer.fence)) throw new TypeError("The store gave no fence.");
    return answer;
  } catch (cause) {
    throw new IdempotencyStoreError(store.name, "claim", cause);
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
