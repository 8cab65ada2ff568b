import { createReadStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";

/** One file of a body. An object of several parts stays in the files of its parts: completing copies nothing. */
export interface Segment {
  readonly file: string;
  readonly size: number;
}

export interface BodyFiles {
  /** Makes a file of what `fill` writes. When `fill` fails, the file is gone and the error is passed on. */
  write<T>(
    fill: (sink: (bytes: Uint8Array) => Promise<void>) => Promise<T>,
  ): Promise<{ readonly file: string; readonly filled: T }>;
  /**
   * The bytes from `first` to `last`, both counted from zero and included. The files stay from this call until the
   * iterator has ended or been returned, also when it never began.
   */
  read(segments: readonly Segment[], first: number, last: number): AsyncIterable<Uint8Array>;
  /** Deletes files, each once nobody reads it any more: a reader sees its version whole. */
  drop(segments: readonly Pick<Segment, "file">[]): Promise<void>;
}

/** Bodies of objects, as files that are written once, in `directory`, which exists. No body is ever held in memory. */
export function bodyFiles(directory: string): BodyFiles {
  let made = 0;
  const readers = new Map<string, number>();
  const dropped = new Set<string>();

  async function release(file: string): Promise<void> {
    const left = (readers.get(file) ?? 1) - 1;
    if (left > 0) readers.set(file, left);
    else readers.delete(file);
    if (left === 0 && dropped.delete(file)) await rm(file, { force: true });
  }

  return {
    async write(fill) {
      made += 1;
      const file = join(directory, `body-${made}`);
      const handle = await open(file, "wx");
      try {
        const filled = await fill(async (bytes) => {
          await handle.writeFile(bytes);
        });
        await handle.close();
        return { file, filled };
      } catch (error) {
        await handle.close();
        await rm(file, { force: true });
        throw error;
      }
    },
    read(segments, first, last) {
      const files = segments.map(({ file }) => file);
      for (const file of files) readers.set(file, (readers.get(file) ?? 0) + 1);
      let released = false;
      const finish = async (): Promise<void> => {
        if (released) return;
        released = true;
        for (const file of files) await release(file);
      };
      const bytes = readSegments(segments, first, last);
      const iterator: AsyncIterator<Uint8Array, undefined> = {
        async next() {
          try {
            const piece = await bytes.next();
            if (piece.done === true) await finish();
            return piece;
          } catch (error) {
            await finish();
            throw error;
          }
        },
        // A generator that never began runs no `finally` of its own.
        async return() {
          await bytes.return(undefined);
          await finish();
          return { done: true, value: undefined };
        },
      };
      return { [Symbol.asyncIterator]: () => iterator };
    },
    async drop(segments) {
      for (const { file } of segments) {
        if (readers.has(file)) dropped.add(file);
        else await rm(file, { force: true });
      }
    },
  };
}

async function* readSegments(
  segments: readonly Segment[],
  first: number,
  last: number,
): AsyncGenerator<Uint8Array, undefined> {
  let start = 0;
  for (const { file, size } of segments) {
    const from = Math.max(first, start) - start;
    const to = Math.min(last, start + size - 1) - start;
    start += size;
    if (from > to) continue;
    // A stream without an encoding yields Buffers, of 64 KiB here.
    for await (const bytes of createReadStream(file, { start: from, end: to })) yield bytes as Buffer;
  }
  return undefined;
}
