import type { ParseArgsOptionsConfig } from "node:util";
import { type OperateCircuitOptions, operateCircuit } from "../../circuit-breaker/shared/by-hand.ts";
import { rootCall } from "../../core/root-call.ts";
import { type Command, withUsage } from "../dispatch.ts";
import { EXIT, UsageError } from "../io.ts";
import { painter } from "../paint.ts";
import { parse } from "../parse.ts";
import { printable } from "../printable.ts";
import { circuitReport } from "./report.ts";
import { TIMEOUT_MS } from "./show.ts";
import { circuitOptions, circuitUsage, nameFrom, type OpenCircuits } from "./which-circuit.ts";

const WORDS: Readonly<Record<OperateCircuitOptions["to"], string>> = {
  open: "open",
  closed: "close",
  isolated: "isolate",
  throttled: "throttle",
};

/** What some of them take besides. */
const OWN: Readonly<
  Record<OperateCircuitOptions["to"], { readonly options: ParseArgsOptionsConfig; readonly usage: string }>
> = {
  open: {
    options: { for: { type: "string" } },
    usage: "\n  --for SECONDS        until the first probe. Default: 10",
  },
  closed: { options: {}, usage: "" },
  isolated: { options: {}, usage: "" },
  throttled: {
    options: { share: { type: "string" } },
    usage: "\n  --share SHARE        of the calls that go through while it is closed, such as 10% or 0.1",
  },
};

/** `holdfast breaker open | close | isolate | throttle`: for all environments that share the circuit. */
export function operateCommand(to: OperateCircuitOptions["to"], open: OpenCircuits): Command {
  const usage = `Usage: holdfast breaker ${WORDS[to]} --name NAME --table NAME${to === "throttled" ? " --share SHARE" : ""} [options]

${circuitUsage}
${OWN[to].usage}
It wins over whatever the environments write, and each learns of it with its next look: some seconds, or at the
end of a cooldown.

Exit codes: 0 written, 1 the store failed, 2 the command line is wrong.`;

  return withUsage(usage, async (args, io) => {
    const {
      for: seconds,
      share,
      ...options
    } = parse({
      args: [...args],
      options: { ...circuitOptions, ...OWN[to].options },
    }) as { readonly [option: string]: string | undefined };
    const name = nameFrom(options);
    const chosen = {
      ...(seconds === undefined ? {} : { halfOpenAfterMs: msFrom(seconds) }),
      ...(to === "throttled" ? { share: shareFrom(share) } : {}),
    };
    using call = rootCall({ runtime: io.runtime, timeoutMs: TIMEOUT_MS });
    const store = open(options, io);
    const isNew = (await store.read(name, call)) === undefined;
    const item = await operateCircuit({ store, name, to, ...chosen }, call);
    if (isNew)
      io.err(`Nobody had written of "${printable(name)}" before. Is that its name, as its breakers have it?`);
    io.out(circuitReport(name, item, io.runtime.now(), painter(io.hasColour)));
    return EXIT.done;
  });
}

function msFrom(seconds: string): number {
  const ms = Number(seconds) * 1_000;
  if (!(ms >= 1)) throw new UsageError("--for is a number of seconds.");
  return ms;
}

function shareFrom(text: string | undefined): number {
  const [, number = "", percent] = /^([\d.]+)(%?)$/.exec(text ?? "") ?? [];
  const share = percent === "%" ? Number(number) / 100 : Number(number || Number.NaN);
  if (!(share > 0 && share <= 1))
    throw new UsageError("--share is a share of calls, above 0 and up to 1: such as 10% or 0.1.");
  return share;
}
