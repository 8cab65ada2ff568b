import { type Answer, settings } from "./app/settings.ts";
import type { Seen } from "./dependency.ts";
import type { Round } from "./environments.ts";

/**
 * What is wrong with what came to a dependency that was dead, and known to be: nothing, where only one probe came at a time, once a cooldown. Calls of
 * those that are `excused` do not count.
 */
export function notProbes(requests: readonly Seen[], excused: ReadonlySet<number> = new Set()): string[] {
  const leaked = requests.filter(({ kind, pid }) => kind === "call" && !excused.has(pid));
  const probes = probesIn(requests);
  const together = probes.filter(({ atMs }, n) => atMs < (probes[n - 1]?.untilMs ?? 0));
  const early = probes.filter(({ atMs }, n) => atMs < (probes[n - 1]?.atMs ?? 0) + settings.halfOpenAfterMs);
  return [
    ...told(leaked, "requests were no probes"),
    ...told(together, "probes came while another one was under way"),
    ...told(early, "probes came sooner than a cooldown after another"),
  ];
}

/** Those that were sent for all: not by an environment that goes by itself, for it has not reached the store. */
export function probesIn(requests: readonly Seen[]): readonly Seen[] {
  return requests.filter(({ kind }) => kind === "probe");
}

function told(wrong: readonly unknown[], what: string): string[] {
  return wrong.length === 0 ? [] : [`${wrong.length} ${what}`];
}

/** What of the calls in the first half of the ramp is too many, by rounds that lie in it as a whole. Their share of all should be some 5 %, 12 % in the end. */
export function notGentle(rounds: readonly Round[], closedAtMs: number): string[] {
  const halfMs = closedAtMs + settings.rampMs / 2;
  const early = rounds.filter(({ beganMs, endedMs }) => beganMs >= closedAtMs && endedMs <= halfMs);
  const calls = early.flatMap(({ answers }) => answers);
  const through = calls.filter(({ outcome }) => outcome !== "CIRCUIT_OPEN");
  // A machine that is slow has few calls in that time, of which chance may choose more.
  return through.length <= calls.length / 4 + 4
    ? []
    : [`${through.length} of ${calls.length} calls went through`];
}

/** Calls that did not get the dependency's answer. */
export function notAnswered(rounds: readonly Round[]): readonly Answer[] {
  return rounds.flatMap(({ answers }) => answers).filter(({ outcome }) => outcome !== "answered");
}

/** What became of calls, and how often. */
export function outcomesOf({ rounds }: { readonly rounds: readonly Round[] }): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome, isProbe } of rounds.flatMap(({ answers }) => answers)) {
    const name = isProbe ? `probe ${outcome}` : outcome;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
