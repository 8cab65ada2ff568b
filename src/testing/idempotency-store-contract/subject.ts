import type { Call } from "../../core/call-shape.ts";
import { rootCall } from "../../core/root-call.ts";
import type { IdempotencyRecord } from "../../idempotency/record.ts";
import type {
  ClaimAnswer,
  ClaimRequest,
  Ending,
  IdempotencyStore,
  Lease,
  RecordChange,
} from "../../idempotency/store.ts";

/** A store under test. */
export interface IdempotencyStoreSubject {
  readonly store: IdempotencyStore;
}

/** A store that can transact, and an effect that is not idempotent by itself, to count what its transactions do. */
export interface TransactingStoreSubject {
  readonly store: IdempotencyStore & Required<Pick<IdempotencyStore, "transact">>;
  /** An item for `transact` that adds 1 somewhere. */
  addOne(): object;
  /** An item for `transact` whose own condition fails. */
  fails(): object;
  /** How often `addOne` has been applied. */
  sum(): Promise<number>;
}

export const HOUR_MS = 3_600_000;
export const startMs: number = 1_800_000_000_000;
export const endMs: number = startMs + HOUR_MS;
export const call: Call = rootCall();

/** A claim at the start of the test's time, unless told otherwise. */
export function ask(owner: string, changes: Partial<ClaimRequest> = {}): ClaimRequest {
  const nowMs = changes.nowMs ?? startMs;
  return {
    id: "contract#key",
    owner,
    payloadHash: "payload",
    version: 1,
    nowMs,
    leaseUntilMs: nowMs + 10_000,
    expiresAtMs: nowMs + HOUR_MS,
    takesAbandoned: true,
    ...changes,
  };
}

/** The lease of a claim that must be granted. */
export async function claimed(subject: IdempotencyStoreSubject, request: ClaimRequest): Promise<Lease> {
  const answer = await subject.store.claim(request, call);
  if (!answer.claimed) {
    throw new Error(`The claim of ${request.owner} was refused: ${JSON.stringify(answer.found)}`);
  }
  return { id: request.id, owner: request.owner, fence: answer.fence };
}

/** The record that a claim must be refused by. */
export async function refusedBy(
  subject: IdempotencyStoreSubject,
  request: ClaimRequest,
): Promise<IdempotencyRecord | undefined> {
  const answer: ClaimAnswer = await subject.store.claim(request, call);
  if (answer.claimed) throw new Error(`The claim of ${request.owner} was granted; expected a refusal`);
  return answer.found;
}

export const completion = (result: string, changes: RecordChange = {}): RecordChange => ({
  state: "COMPLETED",
  result,
  atMs: startMs + 5,
  expiresAtMs: endMs,
  ...changes,
});

export const tombstone: RecordChange = {
  state: "COMPLETED_NO_RESULT",
  atMs: startMs + 5,
  expiresAtMs: endMs,
};
export const release: RecordChange = { state: "RELEASED", atMs: startMs + 5 };

export const ending = (lease: Lease, change: RecordChange): Ending => ({ lease, change });
