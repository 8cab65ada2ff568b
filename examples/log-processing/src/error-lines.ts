const WORD = Buffer.from("ERROR");
const FIRST_LETTER = 0x45;
const NEWLINE = 0x0a;

/** Counts lines as their bytes come, in pieces cut anywhere. */
export interface ErrorLineCounter {
  write(chunk: Uint8Array): void;
  /** Lines with the word so far; the last one counts without its newline. */
  total(): number;
}

/**
 * Counts the lines that hold the bytes `ERROR`. A line ends at a newline, with or without a carriage return before it.
 *
 * No line is kept, so one of 2 GB costs no more memory than an empty one: what is remembered between two pieces is
 * whether the line has been counted, and how much of the word the last piece ended with. Text in UTF-8 is never
 * decoded, for none of its longer characters has a byte below 0x80.
 */
export function errorLineCounter(): ErrorLineCounter {
  let total = 0;
  /** The rest of the line is of no interest. */
  let counted = false;
  /** So many bytes of the word stand at the end of the last piece. */
  let begun = 0;

  /** Where the search goes on after the word that the last piece began; undefined when it is still not whole. */
  function afterBegun(bytes: Buffer): number | undefined {
    const rest = WORD.subarray(begun, begun + bytes.length);
    if (!bytes.subarray(0, rest.length).equals(rest)) {
      begun = 0;
      return 0;
    }
    begun += rest.length;
    if (begun < WORD.length) return undefined;
    begun = 0;
    total += 1;
    counted = true;
    return rest.length;
  }

  return {
    total: () => total,
    write(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let at = begun === 0 ? 0 : afterBegun(bytes);
      while (at !== undefined) {
        if (counted) {
          const end = endOfLine(bytes, at);
          if (end === -1) return;
          counted = false;
          at = end + 1;
        }
        const found = wordIn(bytes, at);
        if (found === -1) {
          begun = begunAtEnd(bytes, at);
          return;
        }
        total += 1;
        counted = true;
        at = found + WORD.length;
      }
    },
  };
}

/** What lies nearer is found sooner by a loop than by calling out: without it a log of errors only takes ten times as long. */
const NEAR_BYTES = 128;

function endOfLine(bytes: Buffer, from: number): number {
  const near = Math.min(bytes.length, from + NEAR_BYTES);
  for (let at = from; at < near; at++) if (bytes[at] === NEWLINE) return at;
  return bytes.indexOf(NEWLINE, near);
}

function wordIn(bytes: Buffer, from: number): number {
  const near = Math.min(bytes.length - WORD.length + 1, from + NEAR_BYTES);
  for (let at = from; at < near; at++) {
    if (isWordAt(bytes, at)) return at;
  }
  return bytes.indexOf(WORD, Math.max(from, near));
}

/** Letter by letter: to make a view of five bytes takes longer than to look at them. */
function isWordAt(bytes: Buffer, at: number): boolean {
  return (
    bytes[at] === 0x45 &&
    bytes[at + 1] === 0x52 &&
    bytes[at + 2] === 0x52 &&
    bytes[at + 3] === 0x4f &&
    bytes[at + 4] === 0x52
  );
}

/** The word's first letter comes only once in it, so the last one in sight is the only place where it may begin. */
function begunAtEnd(bytes: Buffer, from: number): number {
  const sight = bytes.subarray(Math.max(from, bytes.length - WORD.length + 1));
  const first = sight.lastIndexOf(FIRST_LETTER);
  if (first === -1) return 0;
  const tail = sight.subarray(first);
  return WORD.subarray(0, tail.length).equals(tail) ? tail.length : 0;
}

/** Counts the lines of a whole log. Rejects with what its bytes reject with. */
export async function countErrorLines(bytes: AsyncIterable<Uint8Array>): Promise<number> {
  const counter = errorLineCounter();
  for await (const chunk of bytes) counter.write(chunk);
  return counter.total();
}
