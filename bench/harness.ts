/**
 * Measures ways of doing the same thing beside each other, in one process.
 *
 * Absolute times depend on the machine and on what else it does; ratios between contenders that took turns travel.
 * So every round runs each contender once, in an order that turns from round to round, and figures are
 * medians over rounds. What only computes is measured in CPU time, which a busy machine disturbs less. Garbage is
 * collected when V8 sees fit: a forced collection throws away compiled code, and then it is that which is measured.
 */

/** One way of doing it. `run` is one operation; what it returns is awaited. */
export interface Contender {
  readonly name: string;
  readonly run: () => unknown;
}

export interface MeasureOptions {
  /** Rounds that count. Default: 31. */
  readonly rounds?: number;
  /** Milliseconds that each contender runs in a round. Default: 20. */
  readonly roundMs?: number;
  /** Operations in a round at least. Default: 100; fewer for one that takes milliseconds itself. */
  readonly leastTimes?: number;
  /** CPU time of the process, garbage collection included, or time as it passes, for what waits. Default: `cpu`. */
  readonly clock?: "cpu" | "wall";
}

/** Nanoseconds an operation took, round by round: the same index is the same round for all contenders. */
export type Samples<Name extends string> = Readonly<Record<Name, readonly number[]>>;

export async function measure<Name extends string>(
  contenders: readonly (Contender & { readonly name: Name })[],
  options: MeasureOptions = {},
): Promise<Samples<Name>> {
  const { rounds = 31, roundMs = 20, leastTimes = 100, clock = "cpu" } = options;
  const nowNs = clocks[clock];
  const prepared = [];
  for (const contender of contenders) {
    prepared.push({
      contender,
      times: await timesFor(contender, roundMs, leastTimes, nowNs),
      samples: [] as number[],
    });
  }
  for (let round = 0; round < rounds; round += 1) {
    const turned = [
      ...prepared.slice(round % prepared.length),
      ...prepared.slice(0, round % prepared.length),
    ];
    for (const { contender, times, samples } of turned) {
      samples.push(await nsPerOperation(contender, times, nowNs));
    }
  }
  const result = {} as Record<Name, readonly number[]>;
  for (const { contender, samples } of prepared) result[contender.name] = samples;
  return result;
}

/** Warms a contender up, and finds how many operations fill a round. */
async function timesFor(
  contender: Contender,
  roundMs: number,
  leastTimes: number,
  nowNs: () => number,
): Promise<number> {
  let times = 10 * leastTimes;
  for (let warmUp = 0; warmUp < 8; warmUp += 1) {
    const ns = await nsPerOperation(contender, times, nowNs);
    times = Math.max(leastTimes, Math.min(times * 20, Math.round((roundMs * 1e6) / ns)));
  }
  return times;
}

async function nsPerOperation({ run }: Contender, times: number, nowNs: () => number): Promise<number> {
  const startedNs = nowNs();
  for (let i = 0; i < times; i += 1) await run();
  // A batch too short for the clock (microseconds, for CPU time) counts as one tick, never as nothing.
  return Math.max(1_000, nowNs() - startedNs) / times;
}

const clocks = {
  cpu(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) * 1_000;
  },
  wall: (): number => performance.now() * 1e6,
};

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
