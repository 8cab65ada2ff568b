import { type Call, deriveCall, refusal, runtimeOf, scopeOf } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import { within } from "../core/within.ts";
import { at } from "./at.ts";
import type { BulkResult } from "./bulk-result.ts";
import type { Decoder } from "./decoding/decoder.ts";
import { lanesOf } from "./engine/lanes.ts";
import type { ReceivedBatch } from "./engine/received-batch.ts";
import { closeRecord, isDone, type RecordOutcome, recordCalls, reportBatch } from "./engine/record-facts.ts";
import type { BatchEnd } from "./engine/run-records.ts";
import { BulkAnswerError, EarlierRecordFailedError } from "./errors.ts";

interface End {
  readonly outcome: RecordOutcome;
  readonly error?: unknown;
}

/**
 * Decodes a batch, calls the function once with what could be decoded, and gives one outcome for each record, in
 * their order. Never rejects.
 *
 * The function's call is over `marginMs` before the deadline, and the answer is given half of that later: a
 * function that heeds its call still has the time to say what it did.
 */
export async function runBulk<Rec, T>(
  batch: ReceivedBatch<Rec>,
  decoder: Decoder<T>,
  fn: Fn<readonly T[], readonly BulkResult[], Call>,
  call: Call,
  marginMs: number,
): Promise<BatchEnd> {
  const { records, source } = batch;
  const [first] = records;
  const laneOf = first === undefined ? undefined : source.laneOf?.(first);
  const lanes = lanesOf(records.length, (index) => laneOf?.(at(records, index)));
  const runtime = runtimeOf(call);
  const beganMs = runtime.now();
  const ends = new Array<End | undefined>(records.length).fill(undefined);
  let handedOver = false;

  await within(call, call.deadlineMs - marginMs / 2, undefined, async (outer) => {
    const inner = deriveCall(outer, { deadlineMs: call.deadlineMs - marginMs });
    try {
      await run(inner);
    } finally {
      scopeOf(inner).end();
    }
  }).catch((error: unknown) => endTheRest(handedOver ? "unfinished" : "not-started", error));

  const durationMs = runtime.now() - beganMs;
  const callOf = recordCalls(batch, call);
  const outcomes = ends.map((end, index) => {
    const { outcome, error } = end ?? { outcome: "failed", error: undefined };
    const how = outcome === "ok" ? { outcome, durationMs } : { outcome, durationMs, error };
    closeRecord(batch, index, callOf(index), how);
    return outcome;
  });
  reportBatch(batch, outcomes, durationMs, call);
  const failed = outcomes.findIndex((outcome) => !isDone(outcome));
  return {
    outcomes,
    firstFailed: failed === -1 ? Number.POSITIVE_INFINITY : failed,
    firstError: ends[failed]?.error,
  };

  async function run(inner: Call): Promise<void> {
    const inputs = await decodeAll();
    const reason = refusal(inner);
    if (reason !== undefined) throw reason;
    if (inputs.size === 0) return;
    handedOver = true;
    try {
      takeAnswer([...inputs.keys()], await fn([...inputs.values()], inner));
    } catch (error) {
      endTheRest("failed", error);
    }
  }

  async function decodeAll(): Promise<ReadonlyMap<number, T>> {
    const inputs = new Map<number, T>();
    for (const [index, record] of records.entries()) {
      if (ends[index] !== undefined) continue;
      try {
        const input = decoder.decode(source.body(record));
        inputs.set(index, input instanceof Promise ? await input : input);
      } catch (error) {
        fail(index, error, "not-started");
      }
    }
    return inputs;
  }

  function takeAnswer(indexes: readonly number[], answer: readonly BulkResult[]): void {
    const wrong = (): BulkAnswerError => new BulkAnswerError("The bulk function", indexes.length, answer);
    if (!Array.isArray(answer) || answer.length !== indexes.length) throw wrong();
    indexes.forEach((index, position) => {
      if (ends[index] !== undefined) return;
      const result: BulkResult | null | undefined = answer[position];
      if (result?.ok === true) ends[index] = { outcome: "ok" };
      else fail(index, result?.ok === false ? result.error : wrong(), "failed");
    });
  }

  /** A lane keeps its order, so all after a failure comes again. */
  function fail(index: number, error: unknown, rest: RecordOutcome): void {
    ends[index] = { outcome: "failed", error };
    for (let next = lanes.after(index); next !== undefined; next = lanes.after(next)) {
      ends[next] = { outcome: rest, error: new EarlierRecordFailedError() };
    }
  }

  function endTheRest(outcome: RecordOutcome, error: unknown): void {
    ends.forEach((end, index) => {
      if (end === undefined) ends[index] = { outcome, error };
    });
  }
}
