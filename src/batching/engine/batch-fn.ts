import type { Call } from "../../core/call.ts";
import type { Fn } from "../../core/fn.ts";
import { enteredBatch } from "../options.ts";
import { type SqsPoisonOptions, settingAside } from "../poison.ts";
import type { BatchSource } from "../source.ts";
import { type ReceivedBatch, receiveBatch } from "./received-batch.ts";
import { repeatsTeller } from "./repeats.ts";
import { type BatchEnd, type RunLimits, runRecords, type Work } from "./run-records.ts";

/** What makes one source's batch of the engine. */
export interface BatchFnSetup<Rec, R> {
  /** The public function's name, for errors. */
  readonly where: string;
  readonly source: BatchSource<Rec>;
  readonly work: Work<Rec>;
  readonly limits: RunLimits;
  readonly poison: SqsPoisonOptions<Rec> | undefined;
  /** What the source is told, or what the call rejects with. */
  readonly respond: (batch: ReceivedBatch<Rec>, end: BatchEnd) => R;
}

/** A function of an event that runs each record of it. */
export function batchFn<E, Rec, R>(setup: BatchFnSetup<Rec, R>): Fn<E, R, Call> {
  const { where, source, limits, poison, respond } = setup;
  const work = poison === undefined ? setup.work : settingAside(source, poison, setup.work);
  const tellOnce = repeatsTeller(source);
  return async function runBatch(event, given) {
    const call = enteredBatch(where, given);
    const batch = receiveBatch(source, event);
    tellOnce(call);
    return respond(batch, await runRecords(batch, work, call, limits));
  };
}
