import type { WriteStream } from "node:tty";

/** Where a run shows itself: a line that is rewritten on a terminal, plain lines now and then elsewhere. */
export interface Screen {
  /** A finished line. */
  line(text: string): void;
  /** The state right now; the next one takes its place. */
  progress(text: string): void;
  /** Ends the line in progress. */
  done(): void;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly dim: (text: string) => string;
}

/** In a pipe or a log, progress is said this often. */
const PLAIN_EVERY_MS = 2_000;

/** Draws on a stream. Colour only on a terminal, and not where NO_COLOR asks for none. */
export function startScreen(stream: NodeJS.WriteStream | WriteStream, now: () => number): Screen {
  const live = stream.isTTY === true && process.env["TERM"] !== "dumb";
  const colour = live && (process.env["NO_COLOR"] ?? "") === "";
  const paint = (code: number) => (text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const startMs = now();
  let drawn = false;
  let saidMs = Number.NEGATIVE_INFINITY;
  const clear = (): void => {
    if (drawn) stream.write("\r\x1b[2K");
    drawn = false;
  };
  return {
    line(text) {
      clear();
      stream.write(`${text}\n`);
    },
    progress(text) {
      const seconds = ((now() - startMs) / 1_000).toFixed(1).padStart(6);
      if (live) {
        stream.write(`\r\x1b[2K${`${seconds} s  ${text}`.slice(0, (stream.columns ?? 80) - 1)}`);
        drawn = true;
      } else if (now() - saidMs >= PLAIN_EVERY_MS) {
        saidMs = now();
        stream.write(`${seconds} s  ${text}\n`);
      }
    },
    done: clear,
    good: paint(32),
    bad: paint(31),
    dim: paint(2),
  };
}
