/** Numbers of a message, the most significant byte first. */
export function uint16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Bytes behind their length, which takes two bytes. */
export function lengthAndBytes(bytes: Uint8Array): [length: Buffer, bytes: Uint8Array] {
  return [uint16(bytes.length), bytes];
}
