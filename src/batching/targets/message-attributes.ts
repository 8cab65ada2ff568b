/** An attribute of an SQS or SNS message, as the AWS clients take it. */
export interface OutgoingAttribute {
  /** `String`, `Number` or `Binary`, with a label of one's own behind a dot. */
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: Uint8Array;
}

export type OutgoingAttributes = Readonly<Record<string, OutgoingAttribute>>;

/**
 * Bytes of a message's attributes: name, data type and value of each count.
 *
 * Source: Amazon SQS Developer Guide, "Amazon SQS message metadata".
 */
export function attributesBytes(attributes: OutgoingAttributes | undefined): number {
  if (attributes === undefined) return 0;
  let bytes = 0;
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType) + (BinaryValue?.byteLength ?? 0);
    if (StringValue !== undefined) bytes += Buffer.byteLength(StringValue);
  }
  return bytes;
}
