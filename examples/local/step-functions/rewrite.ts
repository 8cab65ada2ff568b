/**
 * Makes of a definition one that the interpreter runs as AWS runs the original: waits become tasks on the cloud's
 * clock, intervals and timeouts are divided by its speed, and what it reads differently is written differently.
 */
import { rewriteChoice } from "./rewrite-choice.ts";
import { isJson, type Json, listOf } from "./states.ts";

/** A task of our own, which the original had as another state. */
export type OwnTask =
  | { readonly kind: "wait"; readonly by: "Seconds" | "Timestamp" }
  | { readonly kind: "result"; readonly value: unknown };

export interface Rewritten {
  readonly definition: Json;
  /** By the state's name; names are unique in a definition. */
  readonly own: ReadonlyMap<string, OwnTask>;
}

/** Timers hold at most 2^31 - 1 milliseconds. */
const LONGEST_SECONDS = 2_147_483;

export function rewrite(definition: Json, speed: number): Rewritten {
  const own = new Map<string, OwnTask>();
  const scaled = (seconds: number): number => Math.min(seconds / speed, LONGEST_SECONDS);

  function machine(of: Json): Json {
    const states = isJson(of["States"]) ? of["States"] : {};
    const { TimeoutSeconds: timeout, ...rest } = of;
    return {
      ...rest,
      States: Object.fromEntries(
        Object.entries(states).map(([name, state]) => [
          name,
          isJson(state) ? rewriteState(name, state) : state,
        ]),
      ),
      // A timeout longer than a timer is none here.
      ...(typeof timeout === "number" && timeout / speed < LONGEST_SECONDS
        ? { TimeoutSeconds: timeout / speed }
        : {}),
    };
  }

  function rewriteState(name: string, original: Json): Json {
    const state = withRecovery(withoutRootResultPath(original));
    switch (state["Type"]) {
      case "Task": {
        const timeout = state["TimeoutSeconds"];
        // Without one a task has all the time; the interpreter would give it a minute.
        const seconds = typeof timeout === "number" ? scaled(timeout) : LONGEST_SECONDS;
        return { ...state, TimeoutSeconds: seconds };
      }
      case "Wait":
        return waitTask(name, state);
      case "Pass": {
        if (!("Result" in state)) return state;
        // The interpreter passes over a Result of null, false, 0 or "".
        const { Result: value, Parameters: _, ...rest } = state;
        own.set(name, { kind: "result", value });
        return { ...rest, Type: "Task", Resource: "result", TimeoutSeconds: LONGEST_SECONDS };
      }
      case "Choice":
        return { ...state, Choices: listOf(state["Choices"]).map(rewriteChoice) };
      case "Parallel":
        return {
          ...state,
          Branches: listOf(state["Branches"]).map((each) => (isJson(each) ? machine(each) : each)),
        };
      case "Map": {
        const field = "ItemProcessor" in state ? "ItemProcessor" : "Iterator";
        const inner = state[field];
        return { ...state, ...(isJson(inner) ? { [field]: machine(inner) } : {}) };
      }
      default:
        return state;
    }
  }

  function waitTask(name: string, state: Json): Json {
    const { Seconds, SecondsPath, Timestamp, TimestampPath, ...rest } = state;
    own.set(name, {
      kind: "wait",
      by: Seconds === undefined && SecondsPath === undefined ? "Timestamp" : "Seconds",
    });
    const path = SecondsPath ?? TimestampPath;
    return {
      ...rest,
      Type: "Task",
      Resource: "wait",
      Parameters: {
        "input.$": "$",
        ...(path === undefined ? { amount: Seconds ?? Timestamp } : { "amount.$": path }),
      },
      TimeoutSeconds: LONGEST_SECONDS,
    };
  }

  function withRecovery(state: Json): Json {
    return {
      ...state,
      ...("Retry" in state ? { Retry: listOf(state["Retry"]).map(retrier) } : {}),
      ...("Catch" in state
        ? { Catch: listOf(state["Catch"]).map((each) => (isJson(each) ? withoutRootResultPath(each) : each)) }
        : {}),
    };
  }

  function retrier(value: unknown): unknown {
    if (!isJson(value)) return value;
    const { IntervalSeconds: interval = 1, MaxDelaySeconds: most = LONGEST_SECONDS * speed } = value;
    return { ...value, IntervalSeconds: Number(interval) / speed, MaxDelaySeconds: scaled(Number(most)) };
  }

  return { definition: machine(definition), own };
}

/** `ResultPath: "$"` is the default; the interpreter would make a field `$` of it. */
function withoutRootResultPath(of: Json): Json {
  if (of["ResultPath"] !== "$") return of;
  const { ResultPath: _, ...rest } = of;
  return rest;
}
