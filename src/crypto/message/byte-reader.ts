import { MessageRefusedError } from "./errors.ts";

/** Takes a stream of bytes apart, as many at a time as are asked for, whatever pieces it comes in. */
export interface ByteReader {
  /** Bytes taken so far. */
  readonly position: number;
  /** Exactly so many bytes. Rejects with `MESSAGE_REFUSED` when the stream ends before. */
  take(length: number): Promise<Buffer>;
  uint16(): Promise<number>;
  uint32(): Promise<number>;
  /** Bytes behind their length of two bytes. */
  lengthAndBytes(): Promise<Buffer>;
  /** Rejects with `MESSAGE_REFUSED` when there is another byte. */
  end(): Promise<void>;
}

/** `taken` is given all bytes in their order, for instance to be hashed. */
export function byteReader(
  source: AsyncIterator<Uint8Array>,
  taken: (bytes: Buffer) => void = () => {},
): ByteReader {
  let piece: Buffer = Buffer.alloc(0);
  let position = 0;

  /** Whether there was another piece; empty ones are none. */
  async function next(): Promise<boolean> {
    for (;;) {
      const { done, value } = await source.next();
      if (done === true) return false;
      if (value.length === 0) continue;
      piece = Buffer.from(value.buffer, value.byteOffset, value.length);
      return true;
    }
  }

  async function take(length: number): Promise<Buffer> {
    const found: Buffer[] = [];
    let missing = length;
    while (missing > 0) {
      if (piece.length === 0 && !(await next()))
        throw new MessageRefusedError(`ends after ${position} bytes, in its middle`);
      const some = piece.subarray(0, missing);
      piece = piece.subarray(some.length);
      missing -= some.length;
      position += some.length;
      found.push(some);
    }
    const [first] = found;
    const whole = found.length === 1 && first !== undefined ? first : Buffer.concat(found);
    taken(whole);
    return whole;
  }

  const uint16 = async (): Promise<number> => (await take(2)).readUInt16BE();
  return {
    get position() {
      return position;
    },
    take,
    uint16,
    uint32: async () => (await take(4)).readUInt32BE(),
    lengthAndBytes: async () => take(await uint16()),
    async end() {
      if (piece.length > 0 || (await next())) throw new MessageRefusedError("has more bytes behind its end");
    },
  };
}

/** Pieces that are there already, one after the other. */
export async function* piecesOf(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* pieces;
}
