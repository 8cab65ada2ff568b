import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { HoldfastError } from "holdfast";

/** What is in the object is no log that can be read, and never will be: it must be uploaded again. */
export class CorruptLogError extends HoldfastError {
  override readonly name = "CorruptLogError";
  constructor(what: string, why: string, cause?: unknown) {
    super("LOG_CORRUPT", `${what}: ${why}. Upload the log again; an overwrite is counted as a new log.`, {
      retryable: false,
      cause,
    });
  }
}

/** RFC 1952: the two bytes that every gzip member begins with. */
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
/** Four times zlib's own, for fewer turns of the event loop. */
const TEXT_CHUNK_BYTES = 64 * 1024;
/** zlib's words for bytes that are wrong, and for bytes that are missing. */
const CORRUPT_CODES: ReadonlySet<unknown> = new Set(["Z_DATA_ERROR", "Z_BUF_ERROR", "Z_NEED_DICT"]);

/**
 * The text of an object, unpacked when its first bytes say that it is gzip, also when it is of several members.
 *
 * An object without bytes is an empty log, whatever its name. Memory is bounded: however much a small object unpacks
 * to, one piece of it is held at a time.
 *
 * @throws CorruptLogError when `saysGzip` and the first bytes do not, or when it cannot be unpacked to its end.
 */
export async function* logText(
  object: AsyncIterable<Uint8Array>,
  { what, saysGzip }: { readonly what: string; readonly saysGzip: boolean },
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = object[Symbol.asyncIterator]();
  try {
    const head = await firstBytes(source, GZIP_MAGIC.length);
    const bytes = withHead(head, source);
    if (head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC)) yield* unpacked(bytes, what);
    else if (saysGzip && head.length > 0) throw new CorruptLogError(what, "it says it is gzip, and is not");
    else yield* bytes;
  } finally {
    // However it ends, the connection behind it is let go.
    await source.return?.();
  }
}

async function* unpacked(
  bytes: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip({ chunkSize: TEXT_CHUNK_BYTES });
  // Whoever fails takes the others along; the loop below then throws the reason.
  pipeline(Readable.from(bytes), gunzip, () => {});
  try {
    // A stream without an encoding yields Buffers.
    for await (const chunk of gunzip) yield chunk as Buffer;
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    throw new CorruptLogError(what, `it is no whole gzip file (${error.message})`, error);
  }
}

/** At least so many bytes, or all that there are. */
async function firstBytes(source: AsyncIterator<Uint8Array>, length: number): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < length) {
    const piece = await source.next();
    if (piece.done === true) break;
    head = Buffer.concat([head, piece.value]);
  }
  return head;
}

async function* withHead(
  head: Buffer,
  source: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (head.length > 0) yield head;
  for (let piece = await source.next(); piece.done !== true; piece = await source.next()) yield piece.value;
}

function isCorrupt(error: unknown): error is Error {
  return error instanceof Error && "code" in error && CORRUPT_CODES.has(error.code);
}
