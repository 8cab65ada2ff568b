import type { AwsTransport } from "../../../../aws/transport.ts";
import { type Call, runtimeOf } from "../../../../core/call.ts";
import { sleep } from "../../../../core/sleep.ts";
import { type CancellationReason, cancellationReasons, onlyConflicts } from "./cancellation.ts";

/** Transactions that touch one item at the same moment refuse each other; the loser did nothing and may go again. */
const MAX_CONFLICTS = 6;
const FIRST_CONFLICT_WAIT_MS = 20;

/**
 * Sends a transaction, again where others were in its way.
 *
 * No ClientRequestToken of ours: it would be known for ten minutes, where the conditions hold for ever. The AWS client gives each
 * command one, for its own retries.
 */
export async function transact(
  transport: AwsTransport,
  TransactItems: readonly object[],
  call: Call,
  mayGoAgain: (reasons: readonly CancellationReason[]) => boolean = onlyConflicts,
): Promise<void> {
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      await transport.call("TransactWriteItems", { TransactItems }, call);
      return;
    } catch (error) {
      if (conflicts === MAX_CONFLICTS || !mayGoAgain(cancellationReasons(error) ?? [])) throw error;
      await sleep(call, runtimeOf(call).random() * FIRST_CONFLICT_WAIT_MS * 2 ** conflicts);
    }
  }
}
