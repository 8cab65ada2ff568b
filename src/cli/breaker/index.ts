import type { OperateCircuitOptions } from "../../circuit-breaker/shared/by-hand.ts";
import { type Command, type Commands, dispatch } from "../dispatch.ts";
import { type OpenCircuits, openCircuits } from "./which-circuit.ts";

/** `holdfast breaker …`, on circuits opened this way. */
export function breakerWith(open: OpenCircuits): Command {
  const operate = async (to: OperateCircuitOptions["to"]): Promise<Command> =>
    (await import("./operate.ts")).operateCommand(to, open);
  const commands: Commands = {
    show: {
      says: "shows the shared state of a circuit",
      load: async () => (await import("./show.ts")).showCommand(open),
    },
    open: { says: "opens it for all, as if it had tripped now", load: () => operate("open") },
    close: { says: "closes it for all", load: () => operate("closed") },
    isolate: {
      says: "refuses every call, without probes, until it is closed",
      load: () => operate("isolated"),
    },
    throttle: {
      says: "lets only a share of the calls through, until it is closed",
      load: () => operate("throttled"),
    },
  };
  return dispatch("holdfast breaker", commands);
}

export const breaker: Command = breakerWith(openCircuits);
