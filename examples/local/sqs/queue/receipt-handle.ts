/** What one receive of a message is known by: another receive has another handle. */
export interface Receipt {
  /** The queue's, which another queue of the same name does not have. */
  readonly queueKey: string;
  readonly messageId: string;
  /** The how manieth receive in this queue. */
  readonly receipt: number;
}

const WRITTEN = /^([0-9a-f-]{36}) ([0-9a-f-]{36}) ([1-9]\d*)$/;

/** Opaque to clients, as AWS's. */
export function writeHandle({ queueKey, messageId, receipt }: Receipt): string {
  return Buffer.from(`${queueKey} ${messageId} ${receipt}`).toString("base64");
}

/** Undefined for what is no handle at all. */
export function readHandle(handle: string): Receipt | undefined {
  const written = Buffer.from(handle, "base64");
  const [, queueKey, messageId, receipt] = WRITTEN.exec(written.toString()) ?? [];
  if (queueKey === undefined || messageId === undefined || receipt === undefined) return undefined;
  // Decoding is lenient: what does not encode to itself was made by somebody else.
  return written.toString("base64") === handle
    ? { queueKey, messageId, receipt: Number(receipt) }
    : undefined;
}
