import { median } from "./harness.ts";

/** One line of the result: ours beside one peer, or ours alone against a budget. */
export interface Row {
  readonly module: string;
  readonly name: string;
  /** Of `ours`, `peer` and, where there is no peer, of `spread` and `target`. */
  readonly unit: string;
  readonly ours: number;
  readonly peer: number | null;
  readonly peerName: string | null;
  /** ours / peer: the median of the rounds' ratios, so less is better. */
  readonly ratio: number | null;
  /** The least and the greatest round: of the ratio, or of ours where there is no peer. */
  readonly spread: readonly [number, number];
  /** What the ratio (or ours, where there is no peer) should not exceed. */
  readonly target: number | null;
  readonly met: boolean | null;
}

export interface Title {
  readonly module: string;
  readonly name: string;
  readonly unit: string;
  readonly target?: number;
}

/** Sets ours beside a peer, round by round. */
export function besidePeer(
  title: Title,
  ours: readonly number[],
  peerName: string,
  peer: readonly number[],
): Row {
  const ratios = ours.map((value, round) => value / (peer[round] ?? Number.NaN));
  return row(title, ratios, { ours: median(ours), peer: median(peer), peerName, ratio: median(ratios) });
}

/** Sets ours against a budget alone. */
export function againstBudget(title: Title, ours: readonly number[]): Row {
  return row(title, ours, { ours: median(ours), peer: null, peerName: null, ratio: null });
}

/** What is left of a contender's time without what the bare function takes in the same round. */
export function overBare(samples: readonly number[], bare: readonly number[]): number[] {
  return samples.map((ns, round) => ns - (bare[round] ?? Number.NaN));
}

function row(
  { module, name, unit, target }: Title,
  judged: readonly number[],
  figures: Pick<Row, "ours" | "peer" | "peerName" | "ratio">,
): Row {
  const value = median(judged);
  return {
    module,
    name,
    unit,
    ours: rounded(figures.ours),
    peer: figures.peer === null ? null : rounded(figures.peer),
    peerName: figures.peerName,
    ratio: figures.ratio === null ? null : rounded(figures.ratio),
    spread: [rounded(Math.min(...judged)), rounded(Math.max(...judged))],
    target: target ?? null,
    met: target === undefined ? null : value <= target,
  };
}

/** Four digits are more than a shared machine can repeat. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
