import { type ClaimRequest, type IdempotencyRecord, RECORD_VERSION } from "./store.ts";

/** What a run does with the record that refused its claim. */
export type Decision =
  | { readonly kind: "run"; readonly fence: number }
  | { readonly kind: "replay"; readonly result: string }
  | { readonly kind: "result-not-stored" }
  | { readonly kind: "in-progress"; readonly retryAfterMs: number }
  | { readonly kind: "payload-mismatch" }
  | { readonly kind: "replace-expired"; readonly fence: number }
  | { readonly kind: "unknown-version"; readonly version: number }
  | { readonly kind: "claim-again" };

/**
 * Decides from the record alone, without side effects.
 *
 * The order matters. The own owner token first: it is this run's own reply that was lost. Expiry before everything
 * the record says, because deletion by TTL comes up to days late. The payload before the state, so that a
 * different request never sees, or takes over, what another one began.
 */
export function decide(found: IdempotencyRecord | undefined, request: ClaimRequest): Decision {
  if (found === undefined) return { kind: "claim-again" };
  if (found.version > RECORD_VERSION) return { kind: "unknown-version", version: found.version };
  if (found.owner === request.owner) return { kind: "run", fence: found.fence };
  if (found.expiresAtMs <= request.nowMs) return { kind: "replace-expired", fence: found.fence };
  if (found.payloadHash !== request.payloadHash) return { kind: "payload-mismatch" };
  switch (found.state) {
    case "COMPLETED":
      return found.result === undefined
        ? { kind: "result-not-stored" }
        : { kind: "replay", result: found.result };
    case "COMPLETED_NO_RESULT":
      return { kind: "result-not-stored" };
    case "IN_PROGRESS":
      return found.leaseUntilMs > request.nowMs
        ? { kind: "in-progress", retryAfterMs: found.leaseUntilMs - request.nowMs }
        : { kind: "claim-again" };
    case "RELEASED":
      return { kind: "claim-again" };
  }
}
