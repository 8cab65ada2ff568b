import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countErrorLines, errorLineCounter } from "../../../examples/log-processing/src/error-lines.ts";

/** What the counter must agree with, and what no 2 GB fit into. */
function naively(text: Buffer): number {
  return text
    .toString("latin1")
    .split("\n")
    .filter((line) => line.includes("ERROR")).length;
}

function counted(...pieces: readonly (string | Uint8Array)[]): number {
  const counter = errorLineCounter();
  for (const piece of pieces) counter.write(Buffer.from(piece));
  return counter.total();
}

/** The same bytes in pieces, cut at these places. */
function cutAt(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : ends[index - 1], end));
}

/** Text that is full of the word, of its beginnings, and of ends of lines. */
const piecesOfText = fc.array(
  fc.oneof(
    fc.constantFrom("ERROR", "E", "R", "O", "ER", "ERR", "ERRO", "RROR", "\n", "\r\n", "\r", " ", "é", "🙂"),
    fc.string({ unit: "binary", maxLength: 8 }),
    // Longer than what is searched byte by byte.
    {
      arbitrary: fc.constantFrom("ERROR", "\n", "x".repeat(127), "x".repeat(128), "E".repeat(130)),
      weight: 4,
    },
  ),
  { maxLength: 60 },
);

describe("the count of lines with ERROR", () => {
  it.each([
    ["of nothing is 0", "", 0],
    ["of a line without the word is 0", "INFO all is well\n", 0],
    ["counts a line once, however often the word is in it", "ERROR and ERROR, ERRORERROR\n", 1],
    ["counts each line", "ERROR a\nINFO b\nERROR c\n", 2],
    ["counts the last line without its newline", "INFO a\nERROR b", 1],
    ["counts lines that end in CRLF", "ERROR a\r\nINFO b\r\nERROR c\r\n", 2],
    ["takes a lone carriage return for no end of a line", "ERROR a\rERROR b\n", 1],
    ["counts the line after a long one", `ERROR ${"x".repeat(300)}\nERROR\n`, 2],
    ["finds the word at the end of a long line", `${"x".repeat(300)}ERROR\nINFO\n`, 1],
    ["counts the word inside another", "MYERRORS\n", 1],
    ["takes only capitals", "Error error ERRoR\n", 0],
    ["takes no word that a newline cuts", "ERR\nOR\n", 0],
    ["finds the word after a beginning of it", "ERRERROR\nEERROR\n", 2],
    ["is not disturbed by longer characters", "é🙂ERROR🙂\n\u{10ffff}\n", 1],
    ["is not disturbed by bytes that are no text", Buffer.from([0, 255, 69, 82, 82, 79, 82, 10, 0xc3]), 1],
  ])("%s", (_, text, count) => {
    expect(counted(text)).toBe(count);
  });

  it("finds a word cut at every place, also byte by byte", () => {
    const text = Buffer.from("INFO a\nan ERROR b\n");
    for (let cut = 0; cut <= text.length; cut++) {
      expect(counted(text.subarray(0, cut), text.subarray(cut))).toBe(1);
    }
    expect(counted(...[...text].map((byte) => Uint8Array.of(byte)))).toBe(1);
  });

  it("forgets the beginning of a word that goes on as another", () => {
    expect(counted("ERR", "ERROR\n")).toBe(1);
    expect(counted("ERR", "", "OR\n")).toBe(1);
    expect(counted("ERR", "AT\n", "OR\n")).toBe(0);
    expect(counted("ERRO", "\nR ERROR")).toBe(1);
  });

  it("agrees with a naive split of the text, however it is cut", () => {
    fc.assert(
      fc.property(piecesOfText, fc.array(fc.nat(500), { maxLength: 40 }), (pieces, places) => {
        const bytes = Buffer.from(pieces.join(""));
        expect(counted(...cutAt(bytes, places))).toBe(naively(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  it("reads a piece where it lies in a larger buffer", () => {
    const whole = Buffer.from("ERROR\nERROR\nINFO\n");
    expect(counted(new Uint8Array(whole.buffer, whole.byteOffset + 6, 6))).toBe(1);
  });

  it("keeps nothing of a line that does not end", async () => {
    async function* endless() {
      const piece = Buffer.alloc(1024 * 1024, "x ERRO");
      for (let written = 0; written < 512; written++) yield piece;
    }
    const before = process.memoryUsage().arrayBuffers;
    expect(await countErrorLines(endless())).toBe(0);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
  });

  it("fails with what the bytes fail with", async () => {
    async function* broken() {
      yield Buffer.from("ERROR\n");
      throw new Error("the connection was lost");
    }
    await expect(countErrorLines(broken())).rejects.toThrow("the connection was lost");
  });
});
