import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { FaultPlan } from "../faults/plan.ts";
import { readFaultPlan } from "../faults/read-plan.ts";

export interface RunArguments {
  readonly apps: readonly string[];
  readonly without: readonly string[];
  readonly seed: number;
  /** Instead of each app's own. */
  readonly faults: FaultPlan | undefined;
  readonly json: boolean;
  readonly keep: boolean;
  readonly help: boolean;
}

/** A command line that cannot be run, in a sentence for who typed it. Exit code 2. */
export class UsageError extends Error {}

/** Policies that `--without` can take away from every app: the library's kill switches. */
export const KILL_SWITCHES: readonly string[] = ["idempotency"];

export const USAGE = `npm start -- [app …] [options]

Runs the example apps on this machine, from the templates that deploy them, and checks what they promise.

  app                      one of the apps; all of them by default
  --without idempotency    take that protection away: the same run must fail
  --without breaker        the same of the circuit breaker (orders)
  --without batching       the same of large batches (streaming)
  --seed n                 repeat the same orders and faults (default: a new one, printed)
  --faults plan            what goes wrong, instead of the app's own plan: JSON as a failed run prints it,
                           @file for a file of it, or none
  --json                   end standard output with one JSON object
  --keep                   leave the cloud up afterwards and print its endpoints
  --help                   this text

Exit code 0 when every invariant held, 1 when one did not, 2 for a wrong command line.`;

/** Reads a command line. `apps` are those that exist, each with what can be taken away from it alone. */
export function readArguments(
  argv: readonly string[],
  apps: readonly string[],
  newSeed: () => number,
  controls: (app: string) => readonly string[] = () => [],
): RunArguments {
  const { values, positionals } = parse(argv);
  for (const app of positionals) {
    if (!apps.includes(app)) throw new UsageError(`There is no app "${app}". There is: ${apps.join(", ")}.`);
  }
  const chosen = positionals.length === 0 ? apps : positionals;
  const switches = [...KILL_SWITCHES, ...new Set(chosen.flatMap(controls))];
  const without = new Set((values.without ?? []).flatMap((given) => given.split(",")));
  for (const name of without) {
    if (!switches.includes(name)) {
      throw new UsageError(`--without cannot take away "${name}". It can: ${switches.join(", ")}.`);
    }
  }
  return {
    apps: chosen,
    without: [...without],
    seed: values.seed === undefined ? newSeed() : seedOf(values.seed),
    faults: values.faults === undefined ? undefined : faultsOf(values.faults),
    json: values.json ?? false,
    keep: values.keep ?? false,
    help: values.help ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        without: { type: "string", multiple: true },
        seed: { type: "string" },
        faults: { type: "string" },
        json: { type: "boolean" },
        keep: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function faultsOf(text: string): FaultPlan {
  if (text === "none") return {};
  try {
    return readFaultPlan(text.startsWith("@") ? readFileSync(text.slice(1), "utf8") : text);
  } catch (error) {
    throw new UsageError(`--faults: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function seedOf(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > 0xffff_ffff) {
    throw new UsageError(`--seed takes a whole number from 0 to ${0xffff_ffff}, not "${text}".`);
  }
  return seed;
}
