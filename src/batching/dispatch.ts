import { type Call, deriveCall, report, runtimeOf, scopeOf } from "../core/call.ts";
import { sleep } from "../core/sleep.ts";
import type { Backoff } from "../retry/backoff.ts";
import { at } from "./at.ts";
import type { BulkResult } from "./bulk-result.ts";
import type { BulkTarget, EntryOutcome } from "./bulk-target.ts";
import { packed } from "./chunk.ts";
import { EarlierEntryFailedError, EntryNotSentError, EntryOutcomeUnknownError } from "./errors.ts";
import { measured, type Progress } from "./progress.ts";
import { sendOnce } from "./send-once.ts";
import { waitingLine } from "./waiting-line.ts";

export interface SendLimits {
  /** Requests under way at once. A request that is waiting to be repeated counts: a busy target is sent less. */
  readonly concurrency: number;
  /** Sends of one entry, the first included. */
  readonly maxAttempts: number;
  readonly backoff: Backoff;
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
  const common = deriveCall(call);
  const scope = scopeOf(common);
  const line = waitingLine<Progress<E>>();
  /** Of each order key, the entry that came last and has no result. */
  const lastOf = new Map<string, Progress<E>>();
  /** Keys of which an entry has failed that may still be written: none of them is sent any more, for this reason. */
  const failedKeys = new Map<string, BulkResult>();
  let requests = 0;
  let open = 0;
  let openBytes = 0;
  /** Of the open entries, those that are in no request. */
  let waiting = 0;
  let waitingBytes = 0;
  let isOver = false;
  let whyOver: unknown;
  let notSent: EntryNotSentError | undefined;
  let outcomeUnknown: EntryOutcomeUnknownError | undefined;
  let leave = (): void => {};

  function add(entry: E): Progress<E> {
    const one = measured(target, entry);
    if (one.result !== undefined) return one;
    open += 1;
    openBytes += one.size;
    wait(one);
    const key = one.orderKey;
    const before = key === undefined ? undefined : lastOf.get(key);
    const failed = key === undefined ? undefined : failedKeys.get(key);
    if (failed !== undefined) close(one, failed);
    else if (before === undefined) line.join(one);
    else before.next = one;
    if (key !== undefined && one.result === undefined) lastOf.set(key, one);
    return one;
  }

  function wait(one: Progress<E>): void {
    one.isWaiting = true;
    waiting += 1;
    waitingBytes += one.size;
  }

  function waitNoLonger(one: Progress<E>): void {
    if (!one.isWaiting) return;
    one.isWaiting = false;
    waiting -= 1;
    waitingBytes -= one.size;
  }

  function send(partial: boolean): void {
    while (line.length > 0 && requests < limits.concurrency && !isOver) {
      // Looking through the line for every entry that joins it would cost its length each time.
      if (!partial && waiting < target.maxEntries && waitingBytes < target.maxBytes) return;
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
      waitNoLonger(one);
      one.underWay = true;
      one.attempts += 1;
      attempt = Math.max(attempt, one.attempts);
    }
    const entries = chunk.map((one) => one.entry);
    const outcomes = await sendOnce(target, entries, deriveCall(common, { attempt }));
    const again = chunk.filter((one, position) => isToBeRepeated(one, at(outcomes, position)));
    if (again.length > 0) await repeat(again, attempt);
  }

  function isToBeRepeated(one: Progress<E>, outcome: EntryOutcome): boolean {
    one.underWay = false;
    if (one.result !== undefined) return false;
    if (!outcome.ok) one.lastError = { error: outcome.error };
    if (!outcome.ok && outcome.retryable && one.attempts < limits.maxAttempts && !one.isLast) return true;
    settle(one, outcome);
    return false;
  }

  async function repeat(again: readonly Progress<E>[], attempt: number): Promise<void> {
    const delayMs = limits.backoff.delayMs(attempt, runtime.random);
    if (runtime.now() + delayMs >= common.deadlineMs) {
      for (const one of again) giveUp(one);
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
      wait(one);
      if (!followers.has(one)) line.rejoin(one);
    }
  }

  function settle(one: Progress<E>, result: BulkResult): void {
    close(one, result);
    const { orderKey: key, next: follower } = one;
    if (key === undefined) return;
    if (lastOf.get(key) === one) lastOf.delete(key);
    // What may still be written would overwrite the one that comes after it; what never will be cannot.
    if (!result.ok && result.retryable === true) failAfter(one, key);
    else if (follower?.isWaiting === true) line.join(follower);
  }

  /** Those after it in their order fail as well. One in the same request has an answer of its own, which is its last. */
  function failAfter(failed: Progress<E>, key: string): void {
    lastOf.delete(key);
    const error = new EarlierEntryFailedError(target.name);
    const result: BulkResult = { ok: false, error, retryable: true };
    failedKeys.set(key, result);
    for (let one = failed.next; one !== undefined; one = one.next) {
      if (one.underWay) one.isLast = true;
      else close(one, result);
    }
  }

  function close(one: Progress<E>, result: BulkResult): void {
    if (one.result !== undefined) return;
    waitNoLonger(one);
    one.result = result;
    open -= 1;
    openBytes -= one.size;
  }

  /** The entry's error is what says most: that it may have been written, what the target said last, or that it was not sent. */
  function giveUp(one: Progress<E>): void {
    if (one.result !== undefined) return;
    // One error for all of a kind: a stack for each of many entries would cost more than the rest of it.
    if (one.underWay) outcomeUnknown ??= new EntryOutcomeUnknownError(target.name, whyOver);
    else if (one.lastError === undefined) notSent ??= new EntryNotSentError(target.name, whyOver);
    const error = one.underWay ? outcomeUnknown : (one.lastError ?? { error: notSent }).error;
    settle(one, { ok: false, error, retryable: true });
  }

  function stop(reason: unknown): void {
    if (isOver) return;
    whyOver = reason;
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
      return open;
    },
    get openBytes() {
      return openBytes;
    },
    get canSend() {
      return line.length > 0 && requests < limits.concurrency && !isOver;
    },
    watch() {
      // `stop` is called at once when the call is over already.
      const left = scope.listen(stop);
      if (isOver) left();
      else leave = left;
    },
    add,
    send,
    giveUp,
    end,
  };
}
