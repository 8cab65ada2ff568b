import { refusal } from "../../core/call.ts";
import type { Fn } from "../../core/fn.ts";
import { settled } from "../../core/wrap.ts";
import type { RecordCall } from "../engine/record-call.ts";
import type { Work } from "../engine/run-records.ts";
import type { BatchSource } from "../source.ts";
import type { Decoder } from "./decoder.ts";
import { ofBase64 } from "./decoder-layers.ts";

/** Turns a function of what a record holds into one of the record. Throws what reading it throws. */
export function readingRecord<Rec, T>(
  read: (record: Rec) => T | Promise<T>,
  fn: Fn<T, unknown, RecordCall<Rec>>,
): Work<Rec> {
  return function readAndRun(record, call) {
    const input = read(record);
    return input instanceof Promise ? whenRead(input, call) : fn(input, call);
  };

  async function whenRead(input: Promise<T>, call: RecordCall<Rec>): Promise<unknown> {
    const value = await input;
    // The batch may have answered in the meantime, and then this record comes again.
    const reason = refusal(call);
    if (reason !== undefined) throw reason;
    return settled(fn, value, call);
  }
}

/** How the records of a source are read with a decoder of bodies. */
export function bodyReader<Rec, T>(
  source: BatchSource<Rec>,
  decoder: Decoder<T>,
): (record: Rec) => T | Promise<T> {
  return source.encoding === "base64"
    ? (record) => ofBase64(decoder, source.body(record))
    : (record) => decoder.decode(source.body(record));
}
