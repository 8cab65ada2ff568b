import { type Call, deriveCall, report, runtimeOf, scopeOf } from "../core/call.ts";
import { sleep } from "../core/sleep.ts";
import type { Backoff } from "../retry/backoff.ts";
import { at } from "./at.ts";
import type { BulkResult } from "./bulk-result.ts";
import type { BulkTarget, EntryOutcome } from "./bulk-target.ts";
import { chunkLength } from "./chunk.ts";
import { EarlierEntryFailedError, EntryNotSentError, EntryOutcomeUnknownError } from "./errors.ts";
import { lanesOf } from "./lanes.ts";
import { measured } from "./progress.ts";
import { sendOnce } from "./send-once.ts";
import { waitingLine } from "./waiting-line.ts";

export interface SendLimits {
  /** Requests under way at once. A request that is waiting to be repeated counts: a busy target is sent less. */
  readonly concurrency: number;
  /** Sends of one entry, the first included. */
  readonly maxAttempts: number;
  readonly backoff: Backoff;
}

/**
 * Sends entries in as few requests as the target's limits allow, and again what failed and may be repeated. One
 * result for each entry, in their order, also when the call is over before all is sent. Never rejects.
 */
export function sendAll<E>(
  target: BulkTarget<E>,
  entries: readonly E[],
  call: Call,
  limits: SendLimits,
): Promise<readonly BulkResult[]> {
  const runtime = runtimeOf(call);
  const common = deriveCall(call);
  const scope = scopeOf(common);
  const progress = entries.map((entry) => measured(target, entry));
  const isOpen = (index: number): boolean => at(progress, index).result === undefined;
  const lanes = lanesOf(progress.length, (index) => at(progress, index).orderKey);
  const line = waitingLine(lanes.heads.filter(isOpen));
  let open = progress.filter((one) => one.result === undefined).length;
  let requests = 0;

  return new Promise((resolve) => {
    // `stop` is called at once when the call is over already.
    let leave = (): void => {};
    leave = scope.listen(stop);
    if (open === 0) answer();
    else sendWhatMay();

    function sendWhatMay(): void {
      while (open > 0 && requests < limits.concurrency && !line.isEmpty) {
        const reason = scope.refusal();
        if (reason === undefined) send(line.take(chunkLength(waitingSizes(), target)));
        else stop(reason);
      }
    }

    function* waitingSizes(): Iterable<number> {
      for (const index of line.peek()) yield at(progress, index).size;
    }

    function send(chunk: readonly number[]): void {
      requests += 1;
      sendAndRepeat(chunk).then(() => {
        requests -= 1;
        sendWhatMay();
      }, stop);
    }

    async function sendAndRepeat(chunk: readonly number[]): Promise<void> {
      for (const index of chunk) begin(index);
      const attempt = Math.max(...chunk.map((index) => at(progress, index).attempts));
      const sent = chunk.map((index) => at(entries, index));
      const outcomes = await sendOnce(target, sent, deriveCall(common, { attempt }));
      const again = chunk.filter((index, position) => takeOutcome(index, at(outcomes, position)));
      if (again.length > 0) await repeat(again, attempt);
    }

    function begin(index: number): void {
      const one = at(progress, index);
      one.attempts += 1;
      one.underWay = true;
    }

    /** Whether the entry is to be sent again. */
    function takeOutcome(index: number, outcome: EntryOutcome): boolean {
      const one = at(progress, index);
      one.underWay = false;
      if (one.result !== undefined) return false;
      if (!outcome.ok) one.lastError = { error: outcome.error };
      if (!outcome.ok && outcome.retryable && one.attempts < limits.maxAttempts) return true;
      settle(index, outcome);
      return false;
    }

    async function repeat(indexes: readonly number[], attempt: number): Promise<void> {
      const delayMs = limits.backoff.delayMs(attempt, runtime.random);
      if (runtime.now() + delayMs >= common.deadlineMs) {
        for (const index of indexes) giveUp(index, undefined);
        return;
      }
      const error = at(progress, at(indexes, 0)).lastError?.error;
      report(call, {
        type: "bulk.retry",
        target: target.name,
        entries: indexes.length,
        attempt,
        delayMs,
        error,
      });
      // Rejects when the call is over, and then `stop` has given every entry its result.
      await sleep(common, delayMs).catch(() => {});
      line.rejoin(indexes);
    }

    function settle(index: number, result: BulkResult): void {
      if (!isOpen(index)) return;
      at(progress, index).result = result;
      open -= 1;
      const follower = lanes.after(index);
      // What may still be written would overwrite the one that comes after it; what never will be cannot.
      if (follower !== undefined && !result.ok && result.retryable === true) failLane(follower);
      else if (follower !== undefined) line.join(follower);
      if (open === 0) answer();
    }

    function failLane(first: number): void {
      for (let index: number | undefined = first; index !== undefined; index = lanes.after(index)) {
        const error = new EarlierEntryFailedError(target.name);
        at(progress, index).result = { ok: false, error, retryable: true };
        open -= 1;
      }
    }

    /** The entry's error is what says most: that it may have been written, what the target said last, or that it was not sent. */
    function giveUp(index: number, reason: unknown): void {
      const { underWay, lastError } = at(progress, index);
      const error = underWay
        ? new EntryOutcomeUnknownError(target.name, reason)
        : (lastError ?? { error: new EntryNotSentError(target.name, reason) }).error;
      settle(index, { ok: false, error, retryable: true });
    }

    function stop(reason: unknown): void {
      leave();
      scope.abort(reason);
      for (const index of entries.keys()) giveUp(index, reason);
    }

    function answer(): void {
      leave();
      resolve(progress.map((one) => one.result ?? { ok: false, error: undefined }));
    }
  });
}
