import { hasCode } from "../../core/errors.ts";
import type { AdminStore } from "../../idempotency/admin/admin-store.ts";
import type { Inspection } from "../../idempotency/admin/inspection.ts";
import { EXIT, type Exit, type Io } from "../io.ts";
import { painter } from "../paint.ts";
import { look } from "./at-store.ts";
import { confirmed } from "./confirm.ts";
import { reportOf } from "./report.ts";
import { hintFor, type RecordOptions } from "./which-record.ts";

/** What a command does to a record that it has shown. */
export interface RecordWork {
  readonly id: string;
  readonly yes: boolean;
  readonly options: RecordOptions;
  /** Throws where the record must not be changed. */
  check(seen: Inspection): void;
  /** What will happen, for the person who is asked. */
  plan(seen: Inspection): readonly string[];
  /** What was done, or how the record is now, having changed since it was seen. */
  change(seen: Inspection): Promise<{ readonly done: string } | { readonly now: Inspection | undefined }>;
}

/** Shows the record and the plan, asks, and writes what was agreed to: to that record as it was seen, or not at all. */
export async function changeRecord(io: Io, store: AdminStore, work: RecordWork): Promise<Exit> {
  const { id } = work;
  const paint = painter(io.hasColour);
  const show = (seen: Inspection): void => io.err(`${reportOf(seen, { withResult: false }, paint)}\n`);
  const seen = await look(io, store, id);
  if (seen === undefined) {
    io.err(`There is no record ${id}: its next delivery runs as new.\n${hintFor(work.options)}`);
    return EXIT.notFound;
  }
  show(seen);
  try {
    work.check(seen);
    for (const line of work.plan(seen)) io.err(line);
    const ended = await confirmed(io, work.yes);
    if (ended !== undefined) return ended;
    const answer = await work.change(seen);
    if ("done" in answer) {
      io.out(answer.done);
      return EXIT.done;
    }
    io.err("Nothing was written: the record has changed since it was shown. It is now:\n");
    if (answer.now === undefined) io.err(`${id} is gone; its next delivery runs as new.`);
    else show(answer.now);
    return EXIT.changed;
  } catch (error) {
    if (!(error instanceof Error) || !REFUSALS.some((code) => hasCode(error, code))) throw error;
    io.err(error.message);
    return EXIT.refused;
  }
}

/** Errors that say what the record does not allow. */
const REFUSALS = [
  "IDEMPOTENCY_STILL_HELD",
  "IDEMPOTENCY_NOTHING_TO_SETTLE",
  "IDEMPOTENCY_RECORD_VERSION",
  "IDEMPOTENCY_RESULT_NOT_STORED",
];
