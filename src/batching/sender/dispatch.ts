import { type Call, deriveCall, report, runtimeOf, scopeOf } from "../../core/call.ts";
import { sleep } from "../../core/sleep.ts";
import type { Backoff } from "../../retry/backoff.ts";
import { at } from "../at.ts";
import type { BulkTarget, EntryOutcome } from "./bulk-target.ts";
import { packed } from "./chunk.ts";
import { ledger } from "./ledger.ts";
import type { Progress } from "./progress.ts";
import { sendOnce } from "./send-once.ts";

export interface SendLimits {
  /** Requests under way at once. A request that is waiting to be repeated counts: a busy target is sent less. */
  readonly concurrency: number;
  /** Sends of one entry, the first included. */
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  /** Milliseconds before the call's deadline at which it is over for all entries. */
  readonly marginMs: number;
}

/** Whom the dispatch tells. */
export interface DispatchEvents {
  /** Entries have got their results, or a request has ended. */
  changed(): void;
  /** The call is over: whoever knows the entries gives them up. */
  over(reason: unknown): void;
}

/** Entries on their way to one target. */
export interface Dispatch<E> {
  /** Entries without a result, and their bytes. */
  readonly open: number;
  readonly openBytes: number;
  /** Whether something could be sent at once. */
  readonly canSend: boolean;
  /** Tells `over` when the call is over, at once if it is. */
  watch(): void;
  /** Takes in one more entry. Nothing is sent by that. */
  add(entry: E): Progress<E>;
  /** Sends what waits, in requests that are full; with `partial` also what does not fill one. */
  send(partial: boolean): void;
  /** Ends an entry with what is known of it: after `over`, or `end`. */
  giveUp(one: Progress<E>): void;
  /** Nothing is wanted any more; what is still under way is aborted, when there is a reason. */
  end(reason?: unknown): void;
}

/**
 * Packs entries into as few requests as the target's limits allow, and sends again what failed and may be repeated,
 * `limits.concurrency` requests at once. Every entry gets one result.
 */
export function dispatch<E>(
  target: BulkTarget<E>,
  call: Call,
  limits: SendLimits,
  events: DispatchEvents,
): Dispatch<E> {
  const runtime = runtimeOf(call);
  const common = deriveCall(call, { deadlineMs: call.deadlineMs - limits.marginMs });
  const scope = scopeOf(common);
  const entries = ledger(target);
  const { line } = entries;
  let requests = 0;
  let isOver = false;
  let leave = (): void => {};

  function send(partial: boolean): void {
    while (line.length > 0 && requests < limits.concurrency && !isOver) {
      // Looking through the line for every entry that joins it would cost its length each time.
      if (!partial && entries.waiting < target.maxEntries && entries.waitingBytes < target.maxBytes) return;
      const chunk = packed(line, target);
      if (!partial && !chunk.isFull) return;
      const reason = scope.refusal();
      if (reason !== undefined) {
        stop(reason);
        return;
      }
      for (let count = 0; count < chunk.fromLine; count++) line.take();
      requests += 1;
      sendAndRepeat(chunk.entries).then(ended, stop);
    }
  }

  function ended(): void {
    requests -= 1;
    events.changed();
  }

  async function sendAndRepeat(chunk: readonly Progress<E>[]): Promise<void> {
    let attempt = 1;
    for (const one of chunk) {
      entries.isSent(one);
      one.underWay = true;
      one.attempts += 1;
      attempt = Math.max(attempt, one.attempts);
    }
    const sent = chunk.map((one) => one.entry);
    const outcomes = await sendOnce(target, sent, deriveCall(common, { attempt }));
    const again = chunk.filter((one, position) => isToBeRepeated(one, at(outcomes, position)));
    if (again.length > 0) await repeat(again, attempt);
  }

  function isToBeRepeated(one: Progress<E>, outcome: EntryOutcome): boolean {
    one.underWay = false;
    if (one.result !== undefined) return false;
    if (!outcome.ok) one.lastError = { error: outcome.error };
    if (!outcome.ok && outcome.retryable && one.attempts < limits.maxAttempts && !one.isLast) return true;
    entries.settle(one, outcome);
    return false;
  }

  async function repeat(again: readonly Progress<E>[], attempt: number): Promise<void> {
    const delayMs = limits.backoff.delayMs(attempt, runtime.random);
    if (runtime.now() + delayMs >= common.deadlineMs) {
      for (const one of again) entries.giveUp(one);
      return;
    }
    const error = again[0]?.lastError?.error;
    report(call, {
      type: "bulk.retry",
      target: target.name,
      entries: again.length,
      attempt,
      delayMs,
      error,
    });
    // The others of the request have their results, and those that come after them can go.
    events.changed();
    // Rejects when the call is over, and then every entry has been given up.
    await sleep(common, delayMs).catch(() => {});
    const left = again.filter((one) => one.result === undefined);
    const followers = new Set(left.map((one) => one.next));
    for (const one of left) {
      entries.wait(one);
      if (!followers.has(one)) line.rejoin(one);
    }
  }

  function stop(reason: unknown): void {
    if (isOver) return;
    entries.whyOver = reason;
    end(reason);
    events.over(reason);
  }

  function end(reason?: unknown): void {
    isOver = true;
    leave();
    if (reason !== undefined) scope.abort(reason);
  }

  return {
    get open() {
      return entries.open;
    },
    get openBytes() {
      return entries.openBytes;
    },
    get canSend() {
      return line.length > 0 && requests < limits.concurrency && !isOver;
    },
    watch() {
      // `stop` is called at once when the call is over already.
      // A call that has settled is over as well: whoever forgot the stream must not keep a timer of it.
      const left = scope.listen(stop, () => {
        const reason = scope.refusal();
        if (reason !== undefined) stop(reason);
      });
      if (isOver) left();
      else leave = left;
    },
    add: entries.add,
    send,
    giveUp: entries.giveUp,
    end,
  };
}
