import type { Contender, Outcome } from "./contender.ts";
import type { Environment } from "./environment.ts";
import type { Traffic } from "./table.ts";
import type { Timeline } from "./timeline.ts";

/** What came of one run. */
export interface Figures {
  readonly calls: number;
  /** Failures that callers met in the whole outage, other than by probes: what it cost until the circuit was open for all, and each time that it was not. */
  readonly failuresBeforeOpen: number;
  /** When 99 in 100 of those had happened, since the outage began; null: there was none. */
  readonly openForAllMs: number | null;
  /** The item was first written as open, since the outage began; null: never. */
  readonly openedMs: number | null;
  /** Callers that met an error of the table. */
  readonly storeErrors: number;
  readonly probes: number;
  readonly mostProbesAtOnce: number;
  readonly mostLeases: number;
  /** Closed while at least half of the requests failed. */
  readonly flaps: number;
  /** Opened while at most one request in ten failed. */
  readonly falseOpens: number;
  /** From the recovery until the first second in which nobody was refused; null: not within the run. */
  readonly backMs: number | null;
  readonly reads: number;
  readonly writes: number;
  readonly throttled: number;
  readonly readsPerCall: number;
  readonly writesPerCall: number;
  /** To the whole table, and to its busiest single item. */
  readonly peakWritesPerSecond: number;
  readonly peakWritesPerItem: number;
  /** Before the outage. */
  readonly calmWrites: number;
}

export interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
  /** What share of requests fails. */
  readonly share: number;
}

export function measures(contender: Contender, time: Timeline, outage: Outage, epochMs: number) {
  const traffic: Traffic = { reads: 0, writes: 0, throttled: 0, writesPerSecond: new Map() };
  const refusals: number[] = [];
  const failuresMs: number[] = [];
  let [calls, storeErrors] = [0, 0];
  let [probes, probing, mostProbesAtOnce, mostLeases, flaps, falseOpens] = [0, 0, 0, 0, 0, 0];
  let openedMs: number | null = null;
  let state: "closed" | "open" = "closed";
  const leases = new Map<string, number>();
  const isOutage = (): boolean => time.nowMs >= outage.fromMs && time.nowMs < outage.toMs;

  function watchLeases(item: unknown, by: Environment): void {
    const lease = contender.leaseOf(item);
    for (const [holder, untilMs] of leases) if (untilMs <= time.nowMs) leases.delete(holder);
    // Given back, or the circuit has changed: its holder wrote that. Whoever takes it over does not end it.
    if (lease === undefined) leases.clear();
    else leases.set(lease.holder, lease.untilMs - epochMs - by.skewMs);
    mostLeases = Math.max(mostLeases, leases.size);
  }

  return {
    traffic,
    wrote(key: string, item: unknown, by: Environment): void {
      if (key !== contender.control) return;
      watchLeases(item, by);
      const now = contender.stateOf(item);
      if (now === state) return;
      state = now;
      if (now === "open") {
        if (isOutage()) openedMs ??= time.nowMs - outage.fromMs;
        if (!isOutage() || outage.share <= 0.1) falseOpens += 1;
      } else if (isOutage() && outage.share >= 0.5) flaps += 1;
    },
    /** A request has come to the dependency; gives what is to be called when it ends. */
    asked(kind: "call" | "probe"): () => void {
      if (kind === "call") return () => {};
      probes += 1;
      probing += 1;
      mostProbesAtOnce = Math.max(mostProbesAtOnce, probing);
      return () => {
        probing -= 1;
      };
    },
    ended(outcome: Outcome, wasProbe: boolean): void {
      calls += 1;
      if (outcome === "refused") {
        const second = Math.floor(time.nowMs / 1_000);
        refusals[second] = (refusals[second] ?? 0) + 1;
      }
      if (outcome === "store-error") storeErrors += 1;
      if (outcome === "failed" && isOutage() && !wasProbe) failuresMs.push(time.nowMs - outage.fromMs);
    },
    figures(lengthMs: number): Figures {
      const seconds = Math.ceil(lengthMs / 1_000);
      const perItem = [...traffic.writesPerSecond.values()];
      const at = (second: number): number =>
        perItem.reduce((sum, perSecond) => sum + (perSecond[second] ?? 0), 0);
      const all = Array.from({ length: seconds }, (_, second) => at(second));
      return {
        calls,
        failuresBeforeOpen: failuresMs.length,
        openForAllMs: failuresMs[Math.ceil(0.99 * failuresMs.length) - 1] ?? null,
        openedMs,
        storeErrors,
        probes,
        mostProbesAtOnce,
        mostLeases,
        flaps,
        falseOpens,
        backMs: backMs(refusals, outage.toMs, seconds),
        reads: traffic.reads,
        writes: traffic.writes,
        throttled: traffic.throttled,
        readsPerCall: traffic.reads / calls,
        writesPerCall: traffic.writes / calls,
        peakWritesPerSecond: Math.max(0, ...all),
        peakWritesPerItem: Math.max(0, ...perItem.flatMap((perSecond) => perSecond.map((n) => n ?? 0))),
        calmWrites: all.slice(0, Math.floor(outage.fromMs / 1_000)).reduce((sum, n) => sum + n, 0),
      };
    },
  };
}

/** The last second is not looked at: invocations of it may be under way. */
function backMs(refusals: readonly number[], fromMs: number, seconds: number): number | null {
  let last = Math.floor(fromMs / 1_000) - 1;
  for (let second = last + 1; second < seconds - 1; second += 1)
    if ((refusals[second] ?? 0) > 0) last = second;
  return last >= seconds - 2 ? null : (last + 1) * 1_000 - fromMs;
}
