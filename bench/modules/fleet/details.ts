import type { Details } from "../../details.ts";
import type { Run } from "./plan.ts";

/** One line a run; of runs that differ by their seeds alone, one in all, with the mean of each figure, and the most of what must not be. */
export function detailsOf(runs: readonly Run[]): Details {
  const groups = Map.groupBy(runs, (run) =>
    [run.group, run.environments, run.share, run.callsPerSecond, run.contender].join(" "),
  );
  return { title: "The fleet's figures, run by run", lines: [...groups.values()].map(line) };
}

function line(runs: readonly Run[]): Details["lines"][number] {
  const [first] = runs;
  if (first === undefined) return {};
  const mean = (of: (run: Run) => number | null): number | null => {
    const values = runs.map(of).filter((value) => value !== null);
    return values.length === 0
      ? null
      : Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
  };
  const most = (of: (run: Run) => number): number => Math.max(...runs.map(of));
  const ratio = (of: (run: Run) => number): number =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.reduce((sum, { calls }) => sum + calls, 0);
  return {
    about: first.group,
    environments: first.environments,
    "fail %": first.share * 100,
    "calls/s": first.callsPerSecond,
    breaker: first.contender,
    seeds: runs.length,
    calls: mean(({ calls }) => calls),
    failures: mean((run) => run.failuresBeforeOpen),
    "first open ms": mean((run) => run.openedMs),
    "open for all ms": mean((run) => run.openForAllMs),
    "back ms": mean((run) => run.backMs),
    probes: mean(({ probes }) => probes),
    "at once": most((run) => run.mostProbesAtOnce),
    leases: most((run) => run.mostLeases),
    flaps: most(({ flaps }) => flaps),
    "false opens": most((run) => run.falseOpens),
    "reads a call": ratio(({ reads }) => reads),
    "writes a call": ratio(({ writes }) => writes),
    "peak writes/s": most((run) => run.peakWritesPerSecond),
    "of one item": most((run) => run.peakWritesPerItem),
    throttled: mean(({ throttled }) => throttled),
    "table errors met": mean((run) => run.storeErrors),
  };
}
