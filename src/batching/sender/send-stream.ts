import { type Call, entered, refusal, report, runtimeOf } from "../../core/call.ts";
import { HoldfastError } from "../../core/errors.ts";
import { dropRejection } from "../../core/observer.ts";
import type { BulkResult } from "../bulk-result.ts";
import { fifo } from "../engine/fifo.ts";
import type { BulkTarget } from "./bulk-target.ts";
import { dispatch, type SendLimits } from "./dispatch.ts";
import { checkSource, entrySource } from "./entry-source.ts";
import type { Progress } from "./progress.ts";

/** An entry that has gone through a stream, and what became of it. */
export interface SentEntry<E> {
  readonly entry: E;
  readonly result: BulkResult;
}

export interface StreamLimits extends SendLimits {
  /** How long a request that is not full waits for more. */
  readonly lingerMs: number;
}

interface Reader<E> {
  resolve(step: IteratorResult<SentEntry<E>, undefined>): void;
  reject(error: unknown): void;
}

/**
 * Sends what a source gives, and gives each entry back with its result, in their order.
 *
 * Entries without a result are at most as many, in number and bytes, as fill the requests that may be under way; those
 * whose results wait for an earlier one, or for the reader, at most as many again. Beyond that the source is not read.
 */
export function sendStream<E>(
  target: BulkTarget<E>,
  from: AsyncIterable<E> | Iterable<E>,
  given: Call,
  limits: StreamLimits,
): AsyncIterableIterator<SentEntry<E>, undefined> {
  checkSource("bulkSender.stream", from);
  const call = entered(given);
  const mostEntries = limits.concurrency * target.maxEntries;
  const mostBytes = limits.concurrency * target.maxBytes;
  const mostHeld = 2 * mostEntries;
  const sending = dispatch(target, call, limits, { changed: goOn, over });
  const source = entrySource(from, { mayRead, took, changed: goOn });
  /** Entries that were read and not handed out, in input order. */
  const held = fifo<Progress<E>>();
  const readers = fifo<Reader<E>>();
  let failure: { readonly error: unknown } | undefined;
  let stopLingering: (() => void) | undefined;
  let hasBegun = false;
  let isOver = false;
  let isTold = false;

  function mayRead(): boolean {
    return !isOver && sending.open < mostEntries && sending.openBytes < mostBytes && held.length < mostHeld;
  }

  function took(entry: E): void {
    const one = sending.add(entry);
    // It was asked for before the call was over, or before the reader left.
    if (isOver) sending.giveUp(one);
    if (isTold) reportUntold([one]);
    else held.push(one);
  }

  function goOn(): void {
    handOut();
    if (isOver) return;
    source.read();
    const mayFill = !source.isDone && mayRead();
    sending.send(!mayFill);
    if (!mayFill || !sending.canSend) stopWaiting();
    else stopLingering ??= runtimeOf(call).setTimer(limits.lingerMs, sendTheRest, true);
    handOut();
  }

  function sendTheRest(): void {
    stopLingering = undefined;
    sending.send(true);
  }

  function stopWaiting(): void {
    stopLingering?.();
    stopLingering = undefined;
  }

  function handOut(): void {
    while (readers.length > 0) {
      const step = nextStep();
      if (step !== undefined) readers.shift().resolve(step);
      else if (held.length === 0 && (source.isDone || isOver)) end(readers.shift());
      else return;
    }
  }

  /** The first entry held, when it has its result. */
  function nextStep(): IteratorResult<SentEntry<E>, undefined> | undefined {
    const result = held.first?.result;
    return result && { done: false, value: { entry: held.shift().entry, result } };
  }

  /** Why it ends is told once. */
  function end(reader: Reader<E>): void {
    const why = isTold ? undefined : (failure ?? source.failure);
    isOver = true;
    isTold = true;
    sending.end();
    if (why === undefined) reader.resolve({ done: true, value: undefined });
    else reader.reject(why.error);
  }

  function over(reason: unknown): void {
    isOver = true;
    stopWaiting();
    for (const one of held) sending.giveUp(one);
    // A source that has given all it has is done with: its reader has every result.
    if (!source.isDone) failure = { error: reason };
    dropRejection(source.close());
    handOut();
  }

  function leave(): void {
    isTold = true;
    isOver = true;
    stopWaiting();
    if (held.length > 0) reportUntold([...held]);
    sending.end(streamLeft(target.name));
    while (held.length > 0) sending.giveUp(held.shift());
    handOut();
  }

  function reportUntold(untold: readonly Progress<E>[]): void {
    report(call, {
      type: "bulk.left",
      target: target.name,
      entries: untold.length,
      written: untold.filter((one) => one.result?.ok === true).length,
      underWay: untold.filter((one) => one.underWay).length,
    });
  }

  return {
    next() {
      // Most entries have their results when they are asked for: those of a request get them together.
      const step = readers.length === 0 ? nextStep() : undefined;
      if (step !== undefined) {
        // Of what keeps the source from being read, only the number of entries held has changed.
        if (held.length === mostHeld - 1) goOn();
        return Promise.resolve(step);
      }
      return new Promise((resolve, reject) => {
        readers.push({ resolve, reject });
        if (!hasBegun) sending.watch();
        hasBegun = true;
        // Entries that all have their results at once leave the deadline's timer no moment to fire: asking makes the call tell.
        if (sending.open === 0) refusal(call);
        goOn();
      });
    },
    async return() {
      leave();
      await source.close();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function streamLeft(target: string): HoldfastError {
  return new HoldfastError(
    "STREAM_LEFT",
    `The reader has left the stream of entries to ${target}, so nothing more is sent.`,
  );
}
