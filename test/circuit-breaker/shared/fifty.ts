import { type Call, rootCall, wrap } from "holdfast";
import {
  type CircuitStore,
  circuitBreaker,
  consecutiveFailures,
  type SharedCircuit,
  type Trip,
} from "holdfast/circuit-breaker";
import { manualRuntime, memoryCircuitStore, seededRandom } from "holdfast/testing";

export interface Weather {
  readonly seed: number;
  /** The share of requests that fail at a moment, in milliseconds since the beginning. */
  failing(atMs: number): number;
  readonly trip?: Trip;
  readonly lengthMs?: number;
  readonly environments?: number;
  /** How often a reply of the store is lost. */
  readonly lostReplies?: number;
  /** Puts something wrong into the store, for the control. */
  readonly spoil?: (store: CircuitStore) => CircuitStore;
}

export interface Report {
  /** When requests came to the dependency, in milliseconds since the beginning. */
  readonly requestsMs: readonly number[];
  /** Requests that were under way together with a probe. */
  readonly mostProbes: number;
  readonly writesMs: readonly number[];
  readonly reads: number;
  /** Each state of the shared item, and when it came. */
  readonly states: readonly { readonly state: SharedCircuit["state"]; readonly atMs: number }[];
  /** Leases that were given while another one of that epoch ran, by the true clock. */
  readonly overlaps: number;
  readonly pendingTimers: number;
  /** Of the last ten seconds: what share of calls was refused. */
  readonly refusedAtEnd: number;
}

const STEP_MS = 50;
/** Two calls a second and environment. */
const CALLS_A_STEP = 0.1;

/** Fifty environments, or as many as are told, whose clocks are up to half a second off, on one store and one dependency that takes 20 ms. */
export async function fifty(weather: Weather): Promise<Report> {
  const {
    seed,
    failing,
    trip = consecutiveFailures(5),
    lengthMs = 120_000,
    environments: size = 50,
    lostReplies = 0,
  } = weather;
  const random = seededRandom(seed);
  const clock = manualRuntime({ seed });
  const beganMs = clock.now();
  const since = (): number => clock.now() - beganMs;
  const memory = weather.spoil?.(memoryCircuitStore()) ?? memoryCircuitStore();
  const requestsMs: number[] = [];
  const writesMs: number[] = [];
  const states: { state: SharedCircuit["state"]; atMs: number }[] = [];
  const ends = { all: 0, refused: 0 };
  let [probing, mostProbes, reads, overlaps] = [0, 0, 0, 0];
  let lease: { epoch: number; untilMs: number; token: string } | undefined;

  /** Leases are seen by the true clock: until when nobody else may have one, and whether it was given back. */
  function watch(item: SharedCircuit): void {
    if (states.at(-1)?.state !== item.state) states.push({ state: item.state, atMs: since() });
    const isGiven = item.probeUntilMs > 0;
    const runs = lease !== undefined && lease.epoch === item.epoch && clock.now() < lease.untilMs;
    if (isGiven && runs) overlaps += 1;
    lease = isGiven ? { epoch: item.epoch, untilMs: clock.now() + 2_000, token: item.token } : undefined;
  }

  async function replied<T>(work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => clock.setTimer(2 + random() * 8, resolve));
    const answer = await work();
    if (random() < lostReplies) throw new Error("the reply is lost");
    return answer;
  }
  const store: CircuitStore = {
    name: "fifty",
    read(circuit, call) {
      reads += 1;
      return replied(() => memory.read(circuit, call));
    },
    replace(circuit, seen, item, call) {
      writesMs.push(since());
      return replied(async () => {
        const answer = await memory.replace(circuit, seen, item, call);
        if (answer.written) watch(item);
        return answer;
      });
    },
    count(circuit, alert, report, call) {
      writesMs.push(since());
      return replied(() => memory.count(circuit, alert, report, call));
    },
  };

  async function dependency(_: undefined, _call: Call): Promise<string> {
    requestsMs.push(since());
    const fails = random() < failing(since());
    const isProbe = states.at(-1)?.state === "OPEN" && since() - (states.at(-1)?.atMs ?? 0) > 9_000;
    if (isProbe) mostProbes = Math.max(mostProbes, ++probing);
    await new Promise<void>((resolve) => clock.setTimer(20, resolve));
    if (isProbe) probing -= 1;
    if (fails) throw new Error("down");
    return "well";
  }

  const environments = Array.from({ length: size }, () => {
    const skewMs = (random() - 0.5) * 1_000;
    const runtime = { ...clock, now: () => clock.now() + skewMs };
    const breaker = circuitBreaker<string>({ name: "bank", store, trip, probeTimeoutMs: 2_000 });
    const ask = wrap(dependency, breaker);
    return () => ask(undefined, rootCall({ runtime }));
  });

  while (since() < lengthMs) {
    for (const ask of environments) {
      if (random() >= CALLS_A_STEP) continue;
      const isEnd = since() > lengthMs - 10_000;
      if (isEnd) ends.all += 1;
      ask().catch((error: { readonly code?: string }) => {
        if (isEnd && error.code === "CIRCUIT_OPEN") ends.refused += 1;
      });
    }
    await clock.advance(STEP_MS);
  }
  await clock.advance(5_000);
  return {
    requestsMs,
    mostProbes,
    writesMs,
    reads,
    states,
    overlaps,
    pendingTimers: clock.pendingTimers,
    refusedAtEnd: ends.refused / ends.all,
  };
}
