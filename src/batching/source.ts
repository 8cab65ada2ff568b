/** What the engine needs to know of an event source: a table of facts, no behaviour. */
export interface BatchSource<Rec> {
  /** As it stands in reported facts: "sqs". */
  readonly name: string;
  /** How the event looks, for the error about another one. */
  readonly expected: string;
  /** Under these `eventSource`s its records come; any other is another source's. */
  readonly origins: readonly string[];
  /**
   * Where a failure stops. `none`: at its record. `lane`: what comes after it in its lane does not start. `shard`: nothing that
   * came after it in the batch starts, for the source checkpoints there and sends all of it again.
   */
  readonly stopsAt: "none" | "lane" | "shard";
  /** The records in an event of this source; undefined when they are not where they belong. */
  records(event: object): readonly unknown[] | undefined;
  /** What keeps a record from being one of this source's, where that is more than an identifier. */
  refuse?(record: Rec): string | undefined;
  /** Names a record among all of its batch; undefined when it has no such thing. */
  identifier(record: Rec): string | undefined;
  /**
   * The lane of each record of a batch, which is of one queue, shard or cluster: that of its first record. Records of one lane run
   * one after the other, in order; those without a lane in no order with any other. Undefined: no record has one.
   */
  laneOf?(first: Rec): ((record: Rec) => string | undefined) | undefined;
  /** How often the record was delivered, this time included, where the source says so. */
  attempt?(record: Rec): number | undefined;
  /** The record's own trace header, where it brought one. */
  trace?(record: Rec): string | undefined;
  /** What the record carries, as it came. */
  body(record: Rec): string;
  /** How `body` is written. Default: it is what it says. */
  readonly encoding?: "base64";
}

/** The list that most sources put their records into. */
export function recordsMember(event: object): readonly unknown[] | undefined {
  const { Records: records } = event as { readonly Records?: unknown };
  return Array.isArray(records) ? records : undefined;
}
