import type { BulkResult } from "../bulk-result.ts";
import { EarlierEntryFailedError, EntryNotSentError, EntryOutcomeUnknownError } from "../errors.ts";
import type { BulkTarget } from "./bulk-target.ts";
import { measured, type Progress } from "./progress.ts";
import { type WaitingLine, waitingLine } from "./waiting-line.ts";

/** The entries of one dispatch that have no result, in their order. */
export interface Ledger<E> {
  /** Those that may be sent now: every entry that comes before one in its order has its result. */
  readonly line: WaitingLine<Progress<E>>;
  readonly open: number;
  readonly openBytes: number;
  /** Of the open entries, those that are in no request. */
  readonly waiting: number;
  readonly waitingBytes: number;
  /** Why the call is over, for what is given up. */
  whyOver: unknown;
  add(entry: E): Progress<E>;
  isSent(one: Progress<E>): void;
  /** It waits again; who repeats it puts it into the line. */
  wait(one: Progress<E>): void;
  settle(one: Progress<E>, result: BulkResult): void;
  giveUp(one: Progress<E>): void;
}

export function ledger<E>(target: BulkTarget<E>): Ledger<E> {
  const line = waitingLine<Progress<E>>();
  /** Of each order key, the entry that came last and has no result. */
  const lastOf = new Map<string, Progress<E>>();
  /** Keys of which an entry has failed that may still be written: none of them is sent any more, for this reason. */
  const failedKeys = new Map<string, BulkResult>();
  let open = 0;
  let openBytes = 0;
  /** Of the open entries, those that are in no request. */
  let waiting = 0;
  let waitingBytes = 0;
  let whyOver: unknown;
  let notSent: EntryNotSentError | undefined;
  let outcomeUnknown: EntryOutcomeUnknownError | undefined;

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

  function isSent(one: Progress<E>): void {
    if (!one.isWaiting) return;
    one.isWaiting = false;
    waiting -= 1;
    waitingBytes -= one.size;
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
    isSent(one);
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

  return {
    line,
    get open() {
      return open;
    },
    get openBytes() {
      return openBytes;
    },
    get waiting() {
      return waiting;
    },
    get waitingBytes() {
      return waitingBytes;
    },
    set whyOver(reason: unknown) {
      whyOver = reason;
    },
    add,
    isSent,
    wait,
    settle,
    giveUp,
  };
}
