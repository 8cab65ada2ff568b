import { seededRandom } from "holdfast/testing";
import { type Contender, DependencyError } from "./contender.ts";
import { type Environment, environment } from "./environment.ts";
import { type Figures, measures, type Outage } from "./measures.ts";
import { type Trouble, table } from "./table.ts";
import { timeline } from "./timeline.ts";

export interface Scenario {
  readonly environments: number;
  readonly seed: number;
  readonly lengthMs: number;
  readonly outage: Outage;
  /** Calls a second of an environment that nobody refuses, one after the other. Default: 2. */
  readonly callsPerSecond?: number;
  /** The share of environments whose own calls all fail during the outage; then `outage.share` is of the others. Default: none. */
  readonly sick?: number;
  /** What is wrong with the table while the outage lasts. Default: nothing. */
  readonly trouble?: Trouble;
}

/** Clocks are off by up to half a second either way. */
const MOST_SKEW_MS = 500;
/** How long the dependency takes: 20 ms, and a tail. It fails as slowly as it succeeds. */
const DEPENDENCY_MS = { least: 20, meanMore: 20 };
/** One invocation in two hundred is followed by a freeze of some 20 s, as when traffic ebbs away. */
const LONG_FREEZE = { chance: 0.005, meanMs: 20_000 };
const EPOCH_MS = 1_700_000_000_000;
/** An environment that nobody has used for so long does not begin at the same moment as all others. */
const SPREAD_MS = 5_000;

/** A fleet through an outage, in virtual time: the same scenario gives the same figures. */
export async function simulate(contender: Contender, scenario: Scenario): Promise<Figures> {
  const { environments: size, seed, lengthMs, outage, callsPerSecond = 2, sick = 0, trouble } = scenario;
  const time = timeline(lengthMs);
  const random = seededRandom(seed);
  const measured = measures(contender, time, outage, EPOCH_MS);
  const isOutage = (): boolean => time.nowMs >= outage.fromMs && time.nowMs < outage.toMs;
  const shared = table({
    time,
    random,
    traffic: measured.traffic,
    troubleAt: () => (isOutage() ? (trouble ?? {}) : {}),
    wrote: measured.wrote,
  });
  const exponential = (meanMs: number): number => -meanMs * Math.log(1 - random());

  function run(own: Environment, isSick: boolean): void {
    let wasProbe = false;
    const invoke = contender.start({
      environment: own,
      table: shared,
      dependency: (kind) =>
        new Promise((resolve, reject) => {
          wasProbe = kind === "probe";
          const ended = measured.asked(kind);
          const fails = isOutage() && (isSick || random() < outage.share);
          const tookMs = DEPENDENCY_MS.least + exponential(DEPENDENCY_MS.meanMore);
          time.after(tookMs, ended);
          own.arrives(tookMs, fails ? () => reject(new DependencyError("down")) : resolve);
        }),
    });
    const idleMs = 1_000 / callsPerSecond;
    const rest = (): number =>
      random() < LONG_FREEZE.chance ? exponential(LONG_FREEZE.meanMs) : exponential(idleMs);

    function invocation(): void {
      own.thaw();
      wasProbe = false;
      void invoke().then((outcome) => {
        own.freeze();
        measured.ended(outcome, wasProbe);
        time.after(rest(), invocation);
      });
    }
    time.after(random() * SPREAD_MS, invocation);
  }

  for (let index = 0; index < size; index += 1) {
    const skewMs = Math.round((2 * random() - 1) * MOST_SKEW_MS);
    const chance = seededRandom(seed * 100_003 + index);
    const own = environment(time, `e${index}`, skewMs, EPOCH_MS, chance);
    run(own, index < sick * size);
  }
  await time.run();
  return measured.figures(lengthMs);
}
