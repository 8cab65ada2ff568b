import { runtimeOf } from "../../core/call.ts";
import { rootCall } from "../../core/root-call.ts";
import { type Command, withUsage } from "../dispatch.ts";
import { EXIT } from "../io.ts";
import { painter } from "../paint.ts";
import { parse } from "../parse.ts";
import { circuitJson, circuitReport } from "./report.ts";
import { circuitOptions, circuitUsage, nameFrom, type OpenCircuits } from "./which-circuit.ts";

const usage = `Usage: holdfast breaker show --name NAME --table NAME [options]

${circuitUsage}

  --json               for programs

Exit codes: 0 found, 3 nobody has written of this circuit yet (all is well), 1 the store failed,
2 the command line is wrong.`;

/** What a store may take: it is down after that. */
export const TIMEOUT_MS = 15_000;

export function showCommand(open: OpenCircuits): Command {
  return withUsage(usage, async (args, io) => {
    const { json, ...options } = parse({
      args: [...args],
      options: { ...circuitOptions, json: { type: "boolean" } },
    });
    const name = nameFrom(options);
    using call = rootCall({ runtime: io.runtime, timeoutMs: TIMEOUT_MS });
    const item = await open(options, io).read(name, call);
    if (item === undefined) {
      if (json === true) io.out(JSON.stringify({ found: false, name }, null, 2));
      io.err("Nobody has written of this circuit: it is closed, or its name or table is another.");
      return EXIT.notFound;
    }
    const nowMs = runtimeOf(call).now();
    io.out(json === true ? circuitJson(name, item) : circuitReport(name, item, nowMs, painter(io.hasColour)));
    return EXIT.done;
  });
}
