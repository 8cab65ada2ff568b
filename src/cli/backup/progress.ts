import type { Io } from "../io.ts";
import { printable } from "../printable.ts";
import { size } from "./size.ts";

const BAR = 24;
/** A bar is drawn anew so often at most, and where there is none, a line is written. */
const [DRAW_EVERY_MS, SAY_EVERY_MS] = [100, 10_000];

/** Passes a stream on, and tells on the way how much of so many bytes has come: a bar on a terminal, a line now and then elsewhere. */
export async function* withProgress(
  source: AsyncIterable<Uint8Array>,
  { name, totalBytes }: { readonly name: string; readonly totalBytes: number },
  io: Io,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { now } = io.runtime;
  const startedMs = now();
  const everyMs = io.draw === undefined ? SAY_EVERY_MS : DRAW_EVERY_MS;
  let toldMs = startedMs;
  let bytes = 0;
  try {
    for await (const piece of source) {
      bytes += piece.length;
      if (now() - toldMs >= everyMs) {
        toldMs = now();
        const amount = amountOf(bytes, totalBytes, toldMs - startedMs);
        if (io.draw === undefined) io.err(`${printable(name)}: ${amount}`);
        else io.draw(`${bar(bytes, totalBytes)} ${amount}`);
      }
      yield piece;
    }
  } finally {
    // What is written next begins on an empty line.
    io.draw?.("");
  }
}

function bar(bytes: number, totalBytes: number): string {
  const full = Math.round((share(bytes, totalBytes) / 100) * BAR);
  return `[${"#".repeat(full)}${".".repeat(BAR - full)}]`;
}

function amountOf(bytes: number, totalBytes: number, elapsedMs: number): string {
  const perSecond = size(Math.round(bytes / (elapsedMs / 1_000)));
  return `${share(bytes, totalBytes)} %, ${size(bytes)} of ${size(totalBytes)}, ${perSecond}/s`;
}

function share(bytes: number, totalBytes: number): number {
  return totalBytes === 0 ? 100 : Math.min(100, Math.floor((bytes / totalBytes) * 100));
}
