import type { IdempotencyRecord, Steps } from "../../../idempotency/record.ts";
import type { ClaimRequest, Lease, RecordChange } from "../../../idempotency/store.ts";
import { equal } from "../../rule.ts";
import { ask, call, claimed, endMs, type IdempotencyStoreSubject, startMs } from "../subject.ts";

/** When the lease of a claim at the start has ended. */
export const overMs: number = startMs + 10_000;
export const unknown: RecordChange = { state: "UNKNOWN", atMs: startMs + 5 };
export const remembered: RecordChange = {
  state: "FAILED",
  result: "error",
  atMs: startMs + 5,
  expiresAtMs: endMs,
};

/** The lease of a run that has done these steps. */
export async function claimedWith(
  subject: IdempotencyStoreSubject,
  steps: Steps,
  id?: string,
): Promise<Lease> {
  const lease = await claimed(subject, ask("a", id === undefined ? {} : { id }));
  await noted(subject, lease, { steps });
  return lease;
}

export async function noted(
  subject: IdempotencyStoreSubject,
  lease: Lease,
  change: RecordChange,
): Promise<void> {
  equal("written", (await subject.store.write(lease, change, call)).written, true);
}

/** A lease, and the record that it took over. */
interface Taken {
  readonly lease: Lease;
  readonly took: IdempotencyRecord;
}

/** What was taken over, by a claim that must be granted. */
export async function takenBy(subject: IdempotencyStoreSubject, request: ClaimRequest): Promise<Taken> {
  const answer = await subject.store.claim(request, call);
  if (!answer.claimed) throw new Error(`The claim of ${request.owner} was refused`);
  if (answer.took === undefined) throw new Error("The claim does not show the record that it took over");
  return { lease: { id: request.id, owner: request.owner, fence: answer.fence }, took: answer.took };
}

export async function stepsIn(
  subject: IdempotencyStoreSubject,
  id = "contract#key",
): Promise<Steps | undefined> {
  return (await subject.store.read(id, call))?.steps;
}
