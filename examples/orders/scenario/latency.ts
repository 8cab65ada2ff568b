import type { ThirdPartyFault } from "../../local/faults/plan.ts";

/** How long systems outside take to answer, in real milliseconds. Set while it is measured: else a run would take minutes. */
export interface Latency {
  take(byName: Readonly<Record<string, number>>): void;
  /** What that does to a request to the system of this name. */
  slowed(name: string): ThirdPartyFault | undefined;
}

/** They answer at once, until they are told to take longer. */
export function latency(): Latency {
  let delays: Readonly<Record<string, number>> = {};
  return {
    take(byName) {
      delays = byName;
    },
    slowed(name) {
      const delayMs = delays[name];
      return delayMs === undefined ? undefined : { do: "slow", name, delayMs };
    },
  };
}
