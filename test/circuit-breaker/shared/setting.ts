import { type Call, type Fact, observed, type RootCallOptions, rootCall, wrap } from "holdfast";
import {
  type CircuitBreakerOptions,
  type CircuitStore,
  circuitBreaker,
  consecutiveFailures,
} from "holdfast/circuit-breaker";
import { type ManualRuntime, manualRuntime, memoryCircuitStore } from "holdfast/testing";

/** What the store does to the next requests: `lost`: does them, and the reply never comes. */
type Trouble = "none" | "down" | "hangs" | "lost";

/** A circuit store whose requests are counted, and which can be in trouble. */
export interface TestCircuitStore extends CircuitStore {
  trouble: Trouble;
  readonly requests: ("read" | "replace" | "count")[];
  requestsOf(...kinds: string[]): number;
}

export function testStore(store: CircuitStore = memoryCircuitStore()): TestCircuitStore {
  const requests: ("read" | "replace" | "count")[] = [];
  async function asked<T>(kind: "read" | "replace" | "count", work: () => Promise<T>): Promise<T> {
    requests.push(kind);
    if (own.trouble === "down") throw new Error("the store is down");
    if (own.trouble === "hangs") return new Promise(() => {});
    const answer = await work();
    if (own.trouble === "lost" && kind !== "read") throw new Error("the reply is lost");
    return answer;
  }
  const own: TestCircuitStore = {
    name: "test",
    trouble: "none",
    requests,
    requestsOf: (...kinds) => requests.filter((kind) => kinds.includes(kind)).length,
    read: (circuit, call) => asked("read", () => store.read(circuit, call)),
    replace: (circuit, seen, item, call) => asked("replace", () => store.replace(circuit, seen, item, call)),
    count: (circuit, alert, report, call) => asked("count", () => store.count(circuit, alert, report, call)),
  };
  return own;
}

/** An environment: its own breaker and clock, and what became of its calls. */
export interface Environment {
  call(options?: Partial<RootCallOptions>): Call;
  /** Whether the call was "well", "down", "refused"; or the error. */
  ask(on?: Call): Promise<unknown>;
  readonly facts: Fact[];
}

export interface Setting {
  readonly clock: ManualRuntime;
  readonly store: TestCircuitStore;
  /** What the dependency does with a request. */
  answer: (call: Call) => Promise<unknown>;
  readonly asked: () => number;
  environment(skewMs?: number): Environment;
  /** Each asks once, one after the other, and what came of it. */
  each(environments: readonly Environment[]): Promise<unknown[]>;
  /** Nine environments trip: the circuit is open for all. Gives four others that know it. */
  opened(): Promise<readonly Environment[]>;
}

export const well = async (): Promise<unknown> => "well";
export const down = (): Promise<unknown> => Promise.reject(new Error("down"));

export function setting(options: Partial<CircuitBreakerOptions<unknown>> = {}): Setting {
  const clock = manualRuntime();
  const store = testStore();
  let asked = 0;

  function environment(skewMs = 0): Environment {
    const runtime = { ...clock, now: () => clock.now() + skewMs };
    const facts: Fact[] = [];
    const breaker = circuitBreaker<unknown>({
      name: "bank",
      trip: consecutiveFailures(3),
      probeTimeoutMs: 2_000,
      probesToClose: 1,
      store,
      ...options,
    });
    const ask = wrap(
      (_: undefined, call: Call) => {
        asked += 1;
        return own.answer(call);
      },
      observed((fact) => facts.push(fact)),
      breaker,
    );
    const call = (more: Partial<RootCallOptions> = {}): Call => rootCall({ runtime, ...more });
    return {
      call,
      facts,
      ask: (on = call()) =>
        ask(undefined, on).catch((error: Error & { code?: string }) => {
          if (error.code === "CIRCUIT_OPEN") return "refused";
          return error.message === "down" ? "down" : error;
        }),
    };
  }

  const own: Setting = {
    clock,
    store,
    answer: well,
    asked: () => asked,
    environment,
    async each(environments) {
      const outcomes: unknown[] = [];
      for (const one of environments) outcomes.push(await clock.run(one.ask()));
      return outcomes;
    },
    async opened() {
      const tripping = Array.from({ length: 9 }, () => environment());
      own.answer = down;
      for (const one of tripping) for (let n = 0; n < 3; n++) await clock.run(one.ask());
      own.answer = well;
      const others = Array.from({ length: 4 }, () => environment());
      await own.each(others);
      return others;
    },
  };
  return own;
}
