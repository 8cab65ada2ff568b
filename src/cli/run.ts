import { hasCode } from "../core/errors.ts";
import { type Commands, dispatch } from "./dispatch.ts";
import { EXIT, type Exit, type Io } from "./io.ts";
import { printable } from "./printable.ts";

/** Every command has a folder here, which is loaded when it is run. */
const commands: Commands = {
  idempotency: {
    says: "looks at the record of a key, settles it, deletes it",
    load: async () => (await import("./idempotency/index.ts")).idempotency,
  },
  breaker: {
    says: "looks at a circuit that a fleet shares, opens, closes, isolates or throttles it",
    load: async () => (await import("./breaker/index.ts")).breaker,
  },
  "compile-events": {
    says: "writes validators of event definitions, for cold starts without ajv",
    load: async () => (await import("./compile-events/index.ts")).compileEvents,
  },
  "check-events": {
    says: "says whether a change of event definitions breaks who publishes or takes them",
    load: async () => (await import("./check-events/index.ts")).checkEvents,
  },
  "describe-events": {
    says: "writes a catalogue of events: schemas, examples, who publishes and who takes them",
    load: async () => (await import("./describe-events/index.ts")).describeEvents,
  },
  backup: {
    says: "lists backups, verifies and restores them, removes what runs have left",
    load: async () => (await import("./backup/index.ts")).backup,
  },
};

/** Runs `holdfast <args>`; resolves with the exit code and never rejects. */
export async function run(args: readonly string[], io: Io): Promise<Exit> {
  try {
    return await dispatch("holdfast", commands)(args, io);
  } catch (error) {
    io.err(`holdfast: ${printable(described(error))}`);
    return exitOf(error);
  }
}

function exitOf(error: unknown): Exit {
  if (hasCode(error, "INTERRUPTED")) return EXIT.interrupted;
  return hasCode(error, "BACKUP_NOT_FOUND") ? EXIT.notFound : EXIT.failed;
}

/** An error with what caused it: a person at a terminal may see both. */
function described(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  return cause instanceof Error ? `${message}\n  ${cause.name}: ${cause.message}` : message;
}
