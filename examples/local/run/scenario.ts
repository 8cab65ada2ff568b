import type { Cloud } from "../cloud.ts";
import type { FaultPlan } from "../faults/plan.ts";
import type { ThirdPartyFate } from "../faults/third-party.ts";
import type { Running, ServiceName } from "../services.ts";
import type { Tally } from "./tally.ts";

/** One line of the table at the end: what became of the events of one pipeline. */
export interface RowReport {
  readonly id: string;
  readonly eventsIn: number;
  readonly effects: number;
  readonly duplicates: number;
  readonly retries: number;
  readonly deadLetters: number;
  /** Latencies; 0 where there is nothing to measure. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly invariants: readonly Invariant[];
}

/** Something that must be true when all has come to rest. `detail` says what was found when it is not. */
export interface Invariant {
  readonly name: string;
  readonly held: boolean;
  readonly detail?: string;
}

/** A system outside the account that the app calls, and the template parameters that point at it. */
export interface ThirdParties extends Running {
  readonly parameters: Readonly<Record<string, string>>;
}

/** What a scenario works with while its app is up. */
export interface World {
  readonly cloud: Cloud;
  readonly tally: Tally;
  readonly random: () => number;
  /** What goes wrong on purpose in this run: a scenario that counts on a fault looks whether it is there. */
  readonly faults: FaultPlan;
  readonly signal: AbortSignal;
  /** Says how far the run is: shown while it goes on. */
  readonly progress: (text: string) => void;
}

/** An app's run, registered in `examples/run.ts`: how it is disturbed, what is fed to it, and what must hold in the end. */
export interface Scenario {
  readonly name: string;
  readonly template: string;
  /** What the figures of the table mean, in sentences that stand below it. */
  readonly notes: readonly string[];
  /** How many times as fast as on AWS its waits pass; see `CloudClock`. */
  readonly speed: number;
  /** Values for the template's parameters, besides those that point at third parties. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** What `--without` can take away besides the library's kill switches: by name, the parameters that do it. */
  readonly controls?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly thirdParties?: (fate: ThirdPartyFate) => Promise<ThirdParties>;
  /** What goes wrong on purpose, unless `--faults` says otherwise. */
  readonly faults: FaultPlan;
  /** Services whose requests the checks look at. */
  readonly keepRequestsOf?: readonly ServiceName[];
  readonly run: (world: World) => Promise<readonly RowReport[]>;
}
