import { circuitbreakerLambda } from "./circuitbreaker-lambda.ts";
import type { Contender } from "./contender.ts";
import type { Figures } from "./measures.ts";
import { ours } from "./ours.ts";
import { powertoolsPython } from "./powertools-python.ts";
import { type Scenario, simulate } from "./simulate.ts";

/** One line of the detailed table. */
export interface Run extends Figures {
  readonly group: Group;
  readonly contender: string;
  readonly environments: number;
  readonly share: number;
  readonly callsPerSecond: number;
  readonly seed: number;
}

export type Group = "outage" | "rate" | "five in a hundred" | "flaps" | Trouble | "sick";
type Trouble = "throttled" | "down" | "replies lost";

const CONTENDERS: readonly Contender[] = [ours, circuitbreakerLambda, powertoolsPython];
export const SIZES = [50, 1_000, 5_000, 10_000];
/** Calls a second and environment, unless a run is about that: what one does whose handler takes half a second. */
const RATE = 2;
const CALM_MS = 7_000;

const TROUBLES: Readonly<Record<Trouble, NonNullable<Scenario["trouble"]>>> = {
  throttled: { writesPerSecond: 20, readsPerSecond: 200 },
  down: { isDown: true },
  "replies lost": { lostReplies: 0.2 },
};

/**
 * An outage that ends within the run, or, of the largest fleets, its beginning: their calls are what the time goes into. Twenty seconds of it, for a breaker that is
 * throttled keeps its callers waiting: they have met fewer failures until then, not in the end.
 */
function outage(environments: number, share: number): Pick<Scenario, "environments" | "outage" | "lengthMs"> {
  const isLarge = environments > 1_000;
  const lengthMs = CALM_MS + (isLarge ? 20_000 : 60_000);
  const toMs = isLarge ? lengthMs : CALM_MS + 30_000;
  return { environments, lengthMs, outage: { fromMs: CALM_MS, toMs, share } };
}

interface Planned {
  readonly group: Group;
  readonly contenders: readonly Contender[];
  readonly scenario: Omit<Scenario, "seed">;
  readonly seeds: number;
}

const ALL: readonly Planned[] = [
  ...SIZES.flatMap((size) =>
    [1, 0.6].map((share): Planned => {
      return { group: "outage", contenders: CONTENDERS, scenario: outage(size, share), seeds: 1 };
    }),
  ),
  ...[0.5, 1, 4].flatMap((callsPerSecond) =>
    [50, 1_000].map((size): Planned => {
      const scenario = {
        environments: size,
        lengthMs: 20_000,
        outage: { fromMs: CALM_MS, toMs: 20_000, share: 1 },
        callsPerSecond,
      };
      return { group: "rate", contenders: CONTENDERS, scenario, seeds: 1 };
    }),
  ),
  ...Object.entries(TROUBLES).map(([group, trouble]): Planned => {
    const scenario = { ...outage(1_000, 1), trouble };
    return { group: group as Trouble, contenders: CONTENDERS, scenario, seeds: 1 };
  }),
  { group: "sick", contenders: CONTENDERS, scenario: { ...outage(1_000, 0), sick: 0.05 }, seeds: 1 },
  {
    group: "five in a hundred",
    contenders: CONTENDERS,
    scenario: { environments: 50, lengthMs: 40_000, outage: { fromMs: 4_000, toMs: 40_000, share: 0.05 } },
    seeds: 20,
  },
  {
    group: "five in a hundred",
    contenders: [ours],
    scenario: {
      environments: 1_000,
      lengthMs: 14_000,
      outage: { fromMs: 4_000, toMs: 14_000, share: 0.05 },
    },
    seeds: 20,
  },
  {
    group: "five in a hundred",
    contenders: [ours],
    scenario: {
      environments: 10_000,
      lengthMs: 9_000,
      outage: { fromMs: 3_000, toMs: 9_000, share: 0.05 },
    },
    seeds: 3,
  },
  {
    group: "flaps",
    contenders: CONTENDERS,
    scenario: { environments: 50, lengthMs: 160_000, outage: { fromMs: 8_000, toMs: 128_000, share: 0.6 } },
    seeds: 20,
  },
];

/** All of it: some three minutes of one core, of which the largest fleets take most. Where it stands is told on standard error. */
export async function allRuns(): Promise<readonly Run[]> {
  const runs: Run[] = [];
  for (const { group, contenders, scenario, seeds } of ALL) {
    const { environments, callsPerSecond = RATE } = scenario;
    const { share } = scenario.outage;
    for (const contender of contenders) {
      process.stderr.write(`  ${group}: ${contender.name}, ${environments} environments …\n`);
      for (let seed = 1; seed <= seeds; seed += 1) {
        const figures = await simulate(contender, { ...scenario, callsPerSecond, seed });
        runs.push({
          group,
          contender: contender.name,
          environments,
          share,
          callsPerSecond,
          seed,
          ...figures,
        });
      }
    }
  }
  return runs;
}
