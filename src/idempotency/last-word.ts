import { type Call, report, runtimeOf } from "../core/call.ts";
import { afterwards } from "./afterwards.ts";
import { encodeResult } from "./codec.ts";
import { IdempotencyLeaseLostError, IdempotencyStoreError } from "./errors.ts";
import type { Completion, IdempotencyStore, Lease, WriteAnswer } from "./store.ts";

/** The writes that end a run, one of which is its last. */
export interface LastWord {
  /** Records the result. Rejects when the lease is lost, or the store does not answer. */
  complete(lease: Lease, result: unknown, call: Call): Promise<void>;
  /** Applies the items and records the result, together; or finds that an earlier send of this run has done so. */
  transact(
    lease: Lease,
    items: readonly object[],
    result: unknown,
    call: Call,
  ): Promise<"applied" | "applied-before">;
  /** Lets go of the key. Never rejects: the function's error is what the caller must see, and the lease will end. */
  release(lease: Lease, call: Call): Promise<void>;
}

/** DynamoDB's items are 400 KB at most, and the record has other attributes. */
const LARGEST_RESULT_BYTES = 350_000;

export function lastWord(store: IdempotencyStore, operation: string, rememberMs: number): LastWord {
  function completion(lease: Lease, result: unknown, call: Call): Completion {
    const expiresAtMs = runtimeOf(call).now() + rememberMs;
    const text = encodeResult(result);
    if (text !== undefined && Buffer.byteLength(text) <= LARGEST_RESULT_BYTES) {
      return { lease, result: text, expiresAtMs };
    }
    report(call, { type: "idempotency.result-not-stored", id: lease.id });
    return { lease, expiresAtMs };
  }

  function ended(answer: WriteAnswer, write: Completion, call: Call): void {
    const { lease } = write;
    if (!answer.written && !isOwnLostReply(answer, write)) throw new IdempotencyLeaseLostError(operation);
    report(call, { type: "idempotency.completed", id: lease.id, fence: lease.fence });
  }

  return {
    async complete(lease, result, call) {
      const write = completion(lease, result, call);
      const answer = await afterwards(call, (late) => store.complete(write, late)).catch((cause: unknown) => {
        throw new IdempotencyStoreError(store.name, "complete", cause);
      });
      ended(answer, write, call);
    },
    async transact(lease, items, result, call) {
      const write = completion(lease, result, call);
      const answer = await store.transact(items, write, call);
      ended(answer, write, call);
      return answer.written ? "applied" : "applied-before";
    },
    async release(lease, call) {
      const { id, fence } = lease;
      try {
        const answer = await afterwards(call, (late) => store.release(lease, late));
        if (answer.written) report(call, { type: "idempotency.released", id, fence });
      } catch (error) {
        report(call, { type: "idempotency.release-failed", id, fence, error });
      }
    },
  };
}

/** Refused by a record that shows this very run's completion: the first reply was lost, the write was not. */
function isOwnLostReply(answer: WriteAnswer & { readonly written: false }, write: Completion): boolean {
  const { found } = answer;
  const { owner, fence } = write.lease;
  const isOwn = found?.owner === owner && found.fence === fence && found.state.startsWith("COMPLETED");
  return isOwn && found.result === write.result;
}
