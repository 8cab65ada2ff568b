import type { CloudFact } from "../services.ts";

/** A function's own JSON log line, with when it was seen. */
export interface LogLine {
  readonly functionName: string;
  readonly atMs: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What has happened so far, counted from the cloud's facts. */
export interface Tally {
  count(fact: CloudFact): void;
  readonly killed: number;
  readonly invocations: number;
  retriesOf(functionName: string): number;
  duplicatesOf(functionName: string): number;
  /** Events and messages that were delivered once more, to any function. */
  readonly duplicates: number;
  readonly deadLetters: readonly { readonly from: string; readonly reason: string }[];
  readonly logs: readonly LogLine[];
  /** Lines on a function's output that are no JSON object: nothing should write them. */
  readonly otherLines: readonly string[];
}

export function startTally(now: () => number): Tally {
  const retries = new Map<string, number>();
  const duplicates = new Map<string, number>();
  const duplicateInvocations = new Map<string, number>();
  const deadLetters: { from: string; reason: string }[] = [];
  const logs: LogLine[] = [];
  const otherLines: string[] = [];
  let killed = 0;
  let invocations = 0;
  const add = (map: Map<string, number>, name: string, by: number): void => {
    map.set(name, (map.get(name) ?? 0) + by);
  };
  return {
    count(fact) {
      switch (fact.type) {
        case "invoke-start":
          invocations += 1;
          if (fact.attempt > 1) add(retries, fact.functionName, 1);
          break;
        case "duplicate":
          add(duplicates, fact.functionName, fact.records);
          add(duplicateInvocations, fact.functionName, 1);
          break;
        case "killed":
          killed += 1;
          break;
        case "dead-letter":
        case "dropped":
          deadLetters.push({ from: fact.from, reason: fact.reason });
          break;
        case "log": {
          const fields = jsonObject(fact.line);
          if (fields === undefined) otherLines.push(fact.line);
          else logs.push({ functionName: fact.functionName, atMs: now(), fields });
          break;
        }
        default:
      }
    },
    get duplicates() {
      return [...duplicates.values()].reduce((sum, count) => sum + count, 0);
    },
    get killed() {
      return killed;
    },
    get invocations() {
      return invocations;
    },
    // A second delivery made on purpose looks like a retry to the function, and is none.
    retriesOf: (functionName) =>
      Math.max(0, (retries.get(functionName) ?? 0) - (duplicateInvocations.get(functionName) ?? 0)),
    duplicatesOf: (functionName) => duplicates.get(functionName) ?? 0,
    deadLetters,
    logs,
    otherLines,
  };
}

function jsonObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return { ...value };
  } catch {
    return undefined;
  }
}

/** The value below which a share of the values lies; 0 when there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
}
