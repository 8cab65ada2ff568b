import { S3Error } from "../s3-error.ts";

/** Chunk headers and trailers are short; whatever has no line end within this is not aws-chunked. */
const MAX_LINE_BYTES = 4_096;

/** Every chunk but the last has at least this much. */
const MIN_CHUNK_BYTES = 8_192;

/**
 * Decodes `Content-Encoding: aws-chunked` (AWS page 'Checking object integrity for data uploads in Amazon S3', its
 * section on chunked parts): yields the payload, then hands the trailers to `onTrailer`, with names in lower case.
 * Signatures of chunks are not verified. Pieces are as small as those that come in.
 *
 * @throws S3Error IncompleteBody when the body ends early, InvalidChunkSizeError for a small chunk before the last,
 * MalformedTrailerError for trailers that are none.
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Uint8Array>,
  onTrailer: (name: string, value: string) => void,
): AsyncGenerator<Uint8Array> {
  const input = byteReader(source);
  let before: number | undefined;
  try {
    for (let chunk = 1; ; chunk += 1) {
      const header = await input.line();
      const [, hex] = /^([\da-fA-F]{1,12})(?:;[\w-]+=[^;]*)*$/.exec(header ?? "") ?? [];
      if (hex === undefined) throw incomplete();
      const size = Number.parseInt(hex, 16);
      if (size === 0) break;
      if (before !== undefined && before < MIN_CHUNK_BYTES) throw tooSmall(chunk, before);
      before = size;
      for (let left = size; left > 0; ) {
        const piece = await input.some(left);
        if (piece === undefined) throw incomplete();
        left -= piece.length;
        yield piece;
      }
      if ((await input.line()) !== "") throw incomplete();
    }
    // Trailers may have empty lines between and behind them; the body ends with one.
    let last: string | undefined;
    for (let line = await input.line(); line !== undefined; line = await input.line()) {
      last = line;
      if (line === "") continue;
      const [, name, value] = /^([\w-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
      if (name === undefined || value === undefined) throw malformedTrailer();
      onTrailer(name.toLowerCase(), value);
    }
    if (last !== "") throw incomplete();
  } finally {
    // Also when decoding fails half-way: whoever sent the rest can then be drained.
    await input.close();
  }
}

interface ByteReader {
  /** Up to a line end, which is taken but not given; what is left at the end; undefined when nothing is. */
  line(): Promise<string | undefined>;
  /** At least one byte and at most `limit`; undefined at the end. */
  some(limit: number): Promise<Uint8Array | undefined>;
  /** Leaves the rest to others. */
  close(): Promise<void>;
}

function byteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const pieces = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  const refill = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const next = await pieces.next();
      if (next.done === true) return false;
      rest = next.value;
    }
    return true;
  };
  return {
    async line() {
      let line = "";
      while (await refill()) {
        const end = rest.indexOf(0x0a);
        line += Buffer.from(rest.subarray(0, end === -1 ? rest.length : end)).toString("latin1");
        rest = end === -1 ? new Uint8Array(0) : rest.subarray(end + 1);
        if (end !== -1) return line.replace(/\r$/, "");
        if (line.length > MAX_LINE_BYTES) throw incomplete();
      }
      return line === "" ? undefined : line;
    },
    async some(limit) {
      if (!(await refill())) return undefined;
      const piece = rest.subarray(0, limit);
      rest = rest.subarray(piece.length);
      return piece;
    },
    async close() {
      await pieces.return?.();
    },
  };
}

const incomplete = (): S3Error =>
  new S3Error("IncompleteBody", "The request body terminated unexpectedly: it is not whole aws-chunked.");

const tooSmall = (chunk: number, size: number): S3Error =>
  new S3Error("InvalidChunkSizeError", "Only the last chunk is allowed to have a size less than 8192 bytes", {
    fields: { Chunk: String(chunk), BadChunkSize: String(size) },
  });

const malformedTrailer = (): S3Error =>
  new S3Error(
    "MalformedTrailerError",
    "The request contained trailing data that was not well-formed or did not conform to our published schema.",
  );
