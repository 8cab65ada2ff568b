/** What the engine needs to know of an event source: a table of facts, no behaviour. */
export interface BatchSource<Rec> {
  /** As it stands in reported facts: "sqs". */
  readonly name: string;
  /** How the event looks, for the error about another one. */
  readonly expected: string;
  /** Under this `eventSource` its records come; another one is another source's. */
  readonly eventSource: string;
  /** What its partial response calls a record; undefined when the record has no such thing. */
  identifier(record: Rec): string | undefined;
  /** Records of one lane run one after the other, in order. Undefined: in no order with any other. */
  lane(record: Rec): string | undefined;
  /** How often the record was delivered, this time included, where the source says so. */
  attempt(record: Rec): number | undefined;
  body(record: Rec): string;
}
