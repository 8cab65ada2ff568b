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
  /** Environments of a function that were started, and took an invocation. */
  environmentsOf(functionName: string): number;
  /** Events and messages that were delivered once more, to any function. */
  readonly duplicates: number;
  /** What was made to go wrong, by what it is called: `workers killed`, `replies lost`. */
  readonly disturbances: Readonly<Record<string, number>>;
  readonly deadLetters: readonly { readonly from: string; readonly reason: string }[];
  /** What functions wrote themselves. */
  readonly logs: readonly LogLine[];
  /** Errors that no handler caught, as the runtime writes them, with how often: `app-Fn: TypeError: no`. */
  readonly runtimeErrors: ReadonlyMap<string, number>;
  /** Lines on a function's output that are no JSON object: nothing should write them. */
  readonly otherLines: readonly string[];
}

/** The names of what is made to go wrong, in the order in which a report tells them. */
const DISTURBANCES = {
  killed: "workers killed",
  frozen: "workers frozen",
  "lose-reply": "replies lost",
  "lose-request": "requests lost",
  "cut-reply": "replies cut off",
  "delay-reply": "replies delayed",
  throttle: "requests throttled",
  fail: "requests failed",
  duplicate: "deliveries repeated",
  reordered: "deliveries reordered",
  "entry-refused": "entries refused",
  "third-party-fault": "answers from outside spoiled",
  "clock-skewed": "clocks set wrong",
} as const;

function disturbanceOf(fate: string): string {
  const known: Readonly<Record<string, string>> = DISTURBANCES;
  return known[fate] ?? DISTURBANCES.fail;
}

export function startTally(now: () => number): Tally {
  const retries = new Map<string, number>();
  const duplicates = new Map<string, number>();
  const duplicateInvocations = new Map<string, number>();
  const environments = new Map<string, number>();
  const deadLetters: { from: string; reason: string }[] = [];
  const logs: LogLine[] = [];
  const otherLines: string[] = [];
  const disturbances = new Map(Object.values(DISTURBANCES).map((name) => [name, 0]));
  let invocations = 0;
  const runtimeErrors = new Map<string, number>();
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
        case "invoke-end":
          if (fact.coldStart) add(environments, fact.functionName, 1);
          break;
        case "duplicate":
          add(duplicates, fact.functionName, fact.records);
          add(duplicateInvocations, fact.functionName, 1);
          add(disturbances, DISTURBANCES.duplicate, fact.records);
          break;
        case "killed":
        case "frozen":
        case "entry-refused":
        case "third-party-fault":
        case "clock-skewed":
          add(disturbances, DISTURBANCES[fact.type], 1);
          break;
        case "reordered":
          add(disturbances, DISTURBANCES.reordered, fact.records);
          break;
        case "request-fault":
          add(disturbances, disturbanceOf(fact.fate), 1);
          break;
        case "dead-letter":
        case "dropped":
          deadLetters.push({ from: fact.from, reason: fact.reason });
          break;
        case "log": {
          const fields = jsonObject(fact.line);
          const error = runtimeError(fact.line, fields);
          if (error !== undefined) add(runtimeErrors, `${fact.functionName}: ${error}`, 1);
          else if (fields === undefined) otherLines.push(fact.line);
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
      return disturbances.get(DISTURBANCES.killed) ?? 0;
    },
    get disturbances() {
      return Object.fromEntries(disturbances);
    },
    get invocations() {
      return invocations;
    },
    // A second delivery made on purpose looks like a retry to the function, and is none.
    retriesOf: (functionName) =>
      Math.max(0, (retries.get(functionName) ?? 0) - (duplicateInvocations.get(functionName) ?? 0)),
    duplicatesOf: (functionName) => duplicates.get(functionName) ?? 0,
    environmentsOf: (functionName) => environments.get(functionName) ?? 0,
    runtimeErrors,
    deadLetters,
    logs,
    otherLines,
  };
}

/**
 * What the runtime says of an error that no handler caught; undefined for a line of the function's own. In JSON it is
 * `{"level":"ERROR","message":{"errorType",…}}`, where a function's own message is a text; in text it ends with the
 * error's document.
 */
function runtimeError(
  line: string,
  fields: Readonly<Record<string, unknown>> | undefined,
): string | undefined {
  const [, document] = /^\S+\t\S*\tERROR\t(?:Invoke|Init) Error \t(\{.*\})$/.exec(line) ?? [];
  const message = document === undefined ? fields?.["message"] : jsonObject(document);
  const isError = document !== undefined || fields?.["level"] === "ERROR";
  if (!isError || typeof message !== "object" || message === null || !("errorType" in message))
    return undefined;
  const text = "errorMessage" in message ? String(message.errorMessage) : "";
  return `${String(message.errorType)}: ${text}`;
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

/** What a row tells of its latencies. */
export function spread(latencies: readonly number[]): { readonly p50Ms: number; readonly p95Ms: number } {
  return { p50Ms: percentile(latencies, 0.5), p95Ms: percentile(latencies, 0.95) };
}
