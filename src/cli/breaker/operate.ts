import { type OperateCircuitOptions, operateCircuit } from "../../circuit-breaker/shared/by-hand.ts";
import { rootCall } from "../../core/root-call.ts";
import { type Command, withUsage } from "../dispatch.ts";
import { EXIT, UsageError } from "../io.ts";
import { painter } from "../paint.ts";
import { parse } from "../parse.ts";
import { circuitReport } from "./report.ts";
import { TIMEOUT_MS } from "./show.ts";
import { circuitOptions, circuitUsage, nameFrom, type OpenCircuits } from "./which-circuit.ts";

const WORDS: Readonly<Record<OperateCircuitOptions["to"], string>> = {
  open: "open",
  closed: "close",
  isolated: "isolate",
};

/** `holdfast breaker open | close | isolate`: for all environments that share the circuit. */
export function operateCommand(to: OperateCircuitOptions["to"], open: OpenCircuits): Command {
  const hasTime = to === "open" ? "\n  --for SECONDS        until the first probe. Default: 10" : "";
  const usage = `Usage: holdfast breaker ${WORDS[to]} --name NAME --table NAME [options]

${circuitUsage}
${hasTime}
It wins over whatever the environments write, and each learns of it with its next look: some seconds, or at the
end of a cooldown.

Exit codes: 0 written, 1 the store failed, 2 the command line is wrong.`;

  return withUsage(usage, async (args, io) => {
    const { for: seconds, ...options } = parse({
      args: [...args],
      options: to === "open" ? { ...circuitOptions, for: { type: "string" } } : circuitOptions,
    }) as { readonly [option: string]: string | undefined };
    const name = nameFrom(options);
    const halfOpenAfterMs = seconds === undefined ? undefined : Number(seconds) * 1_000;
    if (halfOpenAfterMs !== undefined && !(halfOpenAfterMs >= 1)) {
      throw new UsageError("--for is a number of seconds.");
    }
    using call = rootCall({ runtime: io.runtime, timeoutMs: TIMEOUT_MS });
    const store = open(options, io);
    const chosen = halfOpenAfterMs === undefined ? {} : { halfOpenAfterMs };
    const item = await operateCircuit({ store, name, to, ...chosen }, call);
    io.out(circuitReport(name, item, io.runtime.now(), painter(io.hasColour)));
    return EXIT.done;
  });
}
