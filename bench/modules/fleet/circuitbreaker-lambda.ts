/**
 * A model of circuitbreaker-lambda as its repository has it (version 1.0.0, commit 3c286506, src/index.ts and src/dynamodb-provider.ts), with its defaults.
 *
 * Every call reads the item (eventually consistent) and, unless it is refused, writes all of it back, without a condition: counts of calls that overlap are
 * lost, and whoever read CLOSED before another wrote OPEN writes CLOSED over it. Successes take nothing off the count of failures; a minute without a
 * failure does. Any environment that finds the cooldown over goes half-open and calls. Trouble with the table is logged: the state in memory is gone by.
 */
import { type Contender, DependencyError, type Outcome, type Site } from "./contender.ts";
import { SDK_FOR_JAVASCRIPT } from "./sdk-retries.ts";

interface State {
  readonly circuitState: "CLOSED" | "OPEN" | "HALF-OPEN";
  readonly failureCount: number;
  readonly successCount: number;
  readonly nextAttempt: number;
  readonly lastFailureTime: number;
  readonly consecutiveOpens: number;
}

const FAILURE_THRESHOLD = 5;
const SUCCESS_THRESHOLD = 2;
const TIMEOUT_MS = 10_000;
const MAX_TIMEOUT_MS = 60_000;
const WINDOW_MS = 60_000;

const INITIAL: State = {
  circuitState: "CLOSED",
  failureCount: 0,
  successCount: 0,
  nextAttempt: 0,
  lastFailureTime: 0,
  consecutiveOpens: 0,
};

export const circuitbreakerLambda: Contender = {
  name: "circuitbreaker-lambda 1.0.0",
  control: "bank",
  stateOf: (item) => ((item as State).circuitState === "CLOSED" ? "closed" : "open"),
  leaseOf: () => undefined,
  start({ environment, table, dependency }: Site) {
    const { now } = environment.runtime;
    const request = { from: environment, retries: SDK_FOR_JAVASCRIPT };
    let state = INITIAL;

    async function persist(): Promise<void> {
      const put = state;
      await table.update("bank", () => ({ put, answer: undefined }), request).catch(() => {});
    }

    async function load(): Promise<void> {
      const found = await table.read<State>("bank", request).catch(() => undefined);
      if (found !== undefined) state = found;
      const { circuitState, lastFailureTime } = state;
      if (circuitState === "CLOSED" && lastFailureTime > 0 && now() - lastFailureTime > WINDOW_MS)
        state = { ...state, failureCount: 0 };
    }

    return async (): Promise<Outcome> => {
      await load();
      if (state.circuitState === "OPEN") {
        if (state.nextAttempt > now()) return "refused";
        state = { ...state, circuitState: "HALF-OPEN", successCount: 0 };
        await persist();
      }
      try {
        await dependency(state.circuitState === "HALF-OPEN" ? "probe" : "call");
      } catch (error) {
        if (!(error instanceof DependencyError)) throw error;
        state = afterFailure(state, now());
        await persist();
        return "failed";
      }
      state = afterSuccess(state);
      await persist();
      return "well";
    };
  },
};

function afterFailure(state: State, nowMs: number): State {
  const failed = { ...state, failureCount: state.failureCount + 1, lastFailureTime: nowMs };
  const wasHalf = state.circuitState === "HALF-OPEN";
  if (!wasHalf && failed.failureCount < FAILURE_THRESHOLD) return failed;
  const consecutiveOpens = wasHalf ? state.consecutiveOpens + 1 : 0;
  const backoffMs = Math.min(TIMEOUT_MS * 2 ** consecutiveOpens, MAX_TIMEOUT_MS);
  return { ...failed, circuitState: "OPEN", consecutiveOpens, nextAttempt: nowMs + backoffMs };
}

function afterSuccess(state: State): State {
  if (state.circuitState !== "HALF-OPEN") return state;
  const successCount = state.successCount + 1;
  return successCount < SUCCESS_THRESHOLD
    ? { ...state, successCount }
    : { ...state, circuitState: "CLOSED", successCount: 0, failureCount: 0, consecutiveOpens: 0 };
}
