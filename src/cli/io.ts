import type { Runtime } from "../core/runtime/runtime.ts";

/** All that a command may do to the outside, so that tests can look and answer. */
export interface Io {
  /** Where relative paths start, and the user's packages are found from. */
  readonly cwd: string;
  readonly runtime: Runtime;
  /** Prints what was asked for. */
  out(line: string): void;
  /** Prints everything else: warnings, questions, what went wrong. */
  err(line: string): void;
  /** Draws on the terminal's last line, over what was drawn there before; nothing wipes it. Absent where there is no terminal. */
  readonly draw?: ((line: string) => void) | undefined;
  /** Whether all of that goes to a terminal that shows colours. */
  readonly hasColour: boolean;
  /** Asks the person at the terminal; absent where there is none. Undefined when they leave without an answer. */
  readonly ask?: ((question: string) => Promise<string | undefined>) | undefined;
  /** The environment's variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes the first Ctrl-C, or SIGTERM, as a wish to stop, until it is disposed; a second one ends the process at once. */
  interrupts(): Interrupts;
}

export interface Interrupts extends Disposable {
  /** Aborts with an error `INTERRUPTED`. */
  readonly signal: AbortSignal;
}

/** How a command ended: the exit code of the process. */
export const EXIT = {
  done: 0,
  /** The store, or the program itself, failed. */
  failed: 1,
  usage: 2,
  notFound: 3,
  /** The record changed between the look and the write, which was not made. */
  changed: 4,
  /** The record's state forbids it, or a person said no. Nothing was written. */
  refused: 5,
  /** Ctrl-C; as a shell says it of a program that SIGINT has ended. */
  interrupted: 130,
} as const;

export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** The command line itself is wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
