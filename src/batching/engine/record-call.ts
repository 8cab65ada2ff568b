import type { Call } from "../../core/call.ts";

/** The call of one record of a batch. It ends when its record has settled, or when the batch has answered without it. */
export interface RecordCall<Rec> extends Call {
  /** The record as it came, with its attributes. */
  readonly record: Rec;
}
