import { hasCode } from "../core/errors.ts";
import { EXIT, type Exit, type Io, UsageError } from "./io.ts";
import { printable } from "./printable.ts";

/** What is run with the arguments after its name. Throws UsageError when they make no sense. */
export type Command = (args: readonly string[], io: Io) => Promise<Exit>;

/** A command as the list of its kind shows it. */
export interface ListedCommand {
  /** One line. */
  readonly says: string;
  /** Loads it, and nothing of the others. */
  load(): Promise<Command>;
}

export type Commands = Readonly<Record<string, ListedCommand>>;

/** One command out of several by the first argument; without one, or with a wrong one, their list and exit code 2. */
export function dispatch(name: string, commands: Commands): Command {
  const longest = Math.max(...Object.keys(commands).map((word) => word.length));
  const usage = [
    `Usage: ${name} <command> [options]`,
    "",
    ...Object.entries(commands).map(([word, { says }]) => `  ${word.padEnd(longest + 2)} ${says}`),
    "",
    `${name} <command> --help says more.`,
  ].join("\n");

  return async (args, io) => {
    const [word, ...rest] = args;
    if (word === "--help" || word === "-h") {
      io.out(usage);
      return EXIT.done;
    }
    const command = word !== undefined && Object.hasOwn(commands, word) ? commands[word] : undefined;
    if (command === undefined) {
      io.err(word === undefined ? usage : `${usage}\n\nThere is no command "${printable(word)}".`);
      return EXIT.usage;
    }
    return (await command.load())(rest, io);
  };
}

/** A command that says how it is used when it was used wrongly, or asked to. */
export function withUsage(usage: string, command: Command): Command {
  return async (args, io) => {
    if (args.includes("--help") || args.includes("-h")) {
      io.out(usage);
      return EXIT.done;
    }
    try {
      return await command(args, io);
    } catch (error) {
      if (!(error instanceof UsageError || hasCode(error, "INVALID_OPTION"))) throw error;
      // Last, where it is read.
      io.err(`${usage}\n\n${(error as Error).message}`);
      return EXIT.usage;
    }
  };
}
