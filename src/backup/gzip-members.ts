import { blocks } from "./blocks.ts";

export interface GzipOptions {
  /** 1 (fast) to 9 (small). */
  readonly level: number;
  /** Bytes of the plaintext in each member. */
  readonly memberBytes: number;
  /** Members that are compressed at once, each by a thread of the pool (`UV_THREADPOOL_SIZE`, 4 by default). */
  readonly concurrency: number;
}

/**
 * Compresses a stream as gzip members, several at a time, and gives them in their order.
 *
 * Members that follow each other are one gzip file, which every gunzip reads. What is held is `concurrency` members, whatever the stream's
 * length. Source: RFC 1952, section 2.2.
 */
export async function* gzipMembers(
  source: AsyncIterable<Uint8Array>,
  { level, memberBytes, concurrency }: GzipOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const underWay: Promise<Buffer>[] = [];
  let isEmpty = true;
  try {
    for await (const block of blocks(source, memberBytes)) {
      isEmpty = false;
      underWay.push(compressed(block, level));
      if (underWay.length === concurrency) yield (await underWay.shift()) as Buffer;
    }
    // A file without a member is no gzip file.
    if (isEmpty) underWay.push(compressed(Buffer.alloc(0), level));
    for (let first = underWay.shift(); first !== undefined; first = underWay.shift()) yield await first;
  } finally {
    // Threads cannot be called back; what they are at ends before this does.
    await Promise.allSettled(underWay);
  }
}

function compressed(block: Uint8Array, level: number): Promise<Buffer> {
  const { gzip } = process.getBuiltinModule("node:zlib");
  const done = new Promise<Buffer>((resolve, reject) => {
    gzip(block, { level }, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
  // Whoever is further on in the line hears of it in turn.
  done.catch(() => {});
  return done;
}
