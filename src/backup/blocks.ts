/**
 * Puts the pieces of a stream together to blocks of so many bytes; the last one may be shorter. Holds one block. A piece that is a block by itself
 * is not copied.
 */
export async function* blocks(
  source: AsyncIterable<Uint8Array>,
  blockBytes: number,
): AsyncGenerator<Buffer, void, undefined> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  for await (const given of source) {
    let piece = given;
    while (piece.length > 0) {
      const some = piece.subarray(0, blockBytes - heldBytes);
      held.push(some);
      heldBytes += some.length;
      piece = piece.subarray(some.length);
      if (heldBytes < blockBytes) continue;
      yield together(held);
      held = [];
      heldBytes = 0;
    }
  }
  if (heldBytes > 0) yield together(held);
}

function together(pieces: readonly Uint8Array[]): Buffer {
  const [first] = pieces;
  if (pieces.length === 1 && first !== undefined)
    return Buffer.from(first.buffer, first.byteOffset, first.length);
  return Buffer.concat(pieces);
}
