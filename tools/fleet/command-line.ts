import { parseArgs } from "node:util";
import { type RunArguments, readArguments, UsageError } from "../../examples/local/run/arguments.ts";

export type FleetArguments = Pick<RunArguments, "seed" | "faults" | "without" | "json" | "help"> & {
  readonly keys: number;
  readonly deliveries: number;
};

export const USAGE = `npm run fleet -- [options]

  --keys n                 tasks (1,000 by default); a tenth as many that outlast their lease
  --deliveries n           how often each is sent, 20 by default
  --seed n                 repeat the same order and draws (default: a new one, printed)
  --faults plan            what goes wrong, instead of the fleet's own plan: JSON, @file, or none
  --without idempotency    take that protection away: the same run must fail
  --json                   end standard output with one JSON object
  --help                   this text`;

/** Reads a command line. @throws UsageError in words for who typed it. */
export function readFleetArguments(argv: readonly string[], newSeed: () => number): FleetArguments {
  const { keys, deliveries, json = false, help = false, ...shared } = parse(argv);
  const options = Object.entries(shared).map(([name, value]) => `--${name}=${value}`);
  // Those that `npm start` has as well mean the same here.
  const { seed, faults, without } = readArguments(options, [], newSeed);
  return {
    seed,
    faults,
    without,
    json,
    help,
    keys: count("keys", keys),
    deliveries: count("deliveries", deliveries),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        keys: { type: "string", default: "1000" },
        deliveries: { type: "string", default: "20" },
        seed: { type: "string" },
        faults: { type: "string" },
        without: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function count(name: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) {
    throw new UsageError(`--${name} takes a whole number from 1 to 9999999, not "${text}".`);
  }
  return Number(text);
}
