import type { IdempotencyRecord } from "./record.ts";
import type { ClaimRequest } from "./store.ts";

/** What a run does with the record that refused its claim. */
export type Decision =
  | { readonly kind: "run" }
  | { readonly kind: "replay" }
  | { readonly kind: "unknown-outcome" }
  | { readonly kind: "in-progress"; readonly retryAfterMs: number }
  | { readonly kind: "payload-mismatch" }
  | { readonly kind: "replace-expired" }
  | { readonly kind: "unknown-version" }
  | { readonly kind: "claim-again" };

/**
 * Decides from the record alone, without side effects.
 *
 * The order matters. A newer format before all that it may have changed. The own owner token next: it is this run's
 * own reply that was lost. Expiry before everything the record says, because deletion by TTL comes up to days late.
 * The payload before the state, so that a different request never sees, or takes over, what another one began.
 */
export function decide(found: IdempotencyRecord, request: ClaimRequest): Decision {
  if (found.version > request.version) return { kind: "unknown-version" };
  if (found.owner === request.owner) return { kind: "run" };
  if (found.expiresAtMs <= request.nowMs) return { kind: "replace-expired" };
  if (found.payloadHash !== request.payloadHash) return { kind: "payload-mismatch" };
  switch (found.state) {
    case "COMPLETED":
    case "COMPLETED_NO_RESULT":
    case "FAILED":
      return { kind: "replay" };
    case "UNKNOWN":
      return { kind: "unknown-outcome" };
    case "RELEASED":
      return { kind: "claim-again" };
    case "IN_PROGRESS":
      if (found.leaseUntilMs > request.nowMs) {
        return { kind: "in-progress", retryAfterMs: found.leaseUntilMs - request.nowMs };
      }
      return { kind: request.takesAbandoned ? "claim-again" : "unknown-outcome" };
  }
}
