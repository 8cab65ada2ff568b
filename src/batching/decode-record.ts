import { refusal } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import { settled } from "../core/wrap.ts";
import type { Decoder } from "./decoder.ts";
import type { RecordCall } from "./record-call.ts";
import type { BatchSource } from "./source.ts";

/** Turns a function of what a record holds into one of the record. Throws what the decoder throws. */
export function decodingRecord<Rec, T>(
  source: BatchSource<Rec>,
  decoder: Decoder<T>,
  fn: Fn<T, unknown, RecordCall<Rec>>,
): Fn<Rec, unknown, RecordCall<Rec>> {
  return function decodeAndRun(record, call) {
    const input = decoder.decode(source.body(record));
    return input instanceof Promise ? whenDecoded(input, call) : fn(input, call);
  };

  async function whenDecoded(input: Promise<T>, call: RecordCall<Rec>): Promise<unknown> {
    const value = await input;
    // The batch may have answered in the meantime, and then this record comes again.
    const reason = refusal(call);
    if (reason !== undefined) throw reason;
    return settled(fn, value, call);
  }
}
