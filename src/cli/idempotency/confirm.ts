import { EXIT, type Exit, type Io } from "../io.ts";

/**
 * Undefined when a person, or `--yes`, agrees to what is about to be written; otherwise how the command ends. Without
 * a terminal nobody can be asked, and nothing is taken for a yes.
 */
export async function confirmed(io: Io, yes: boolean): Promise<Exit | undefined> {
  if (yes) return undefined;
  if (io.ask === undefined) {
    io.err("Nothing was written: there is no terminal to ask on. Add --yes.");
    return EXIT.usage;
  }
  const answer = await io.ask("Do it? [y/N] ");
  if (/^\s*y(es)?\s*$/i.test(answer ?? "")) return undefined;
  io.err(`${answer === undefined ? "\n" : ""}Nothing was written.`);
  return EXIT.refused;
}
