import { type Call, observed, refusal, rootCall, wrap } from "holdfast";
import {
  type CircuitStore,
  circuitBreaker,
  type ReplaceAnswer,
  type SharedCircuit,
} from "holdfast/circuit-breaker";
import type { Contender, Outcome, Site } from "./contender.ts";
import { SDK_FOR_JAVASCRIPT } from "./sdk-retries.ts";

const PROBE_TIMEOUT_MS = 2_000;
/** Two clocks of the fleet can differ by so much: no other lease is given before the holder's own clock says the same. */
const SKEW_MS = 1_000;

/** The package itself, as users have it, on the simulated table. */
export const ours: Contender = {
  name: "holdfast",
  control: "bank",
  stateOf: (item) => ((item as SharedCircuit).state === "CLOSED" ? "closed" : "open"),
  leaseOf(item) {
    const { probeUntilMs, token } = item as SharedCircuit;
    return probeUntilMs > 0 ? { holder: token, untilMs: probeUntilMs - SKEW_MS } : undefined;
  },
  start: (site) => breakerOn(site),
};

/** `spoil` puts something wrong into the store, for the control of a test. */
export function breakerOn(site: Site, spoil = (store: CircuitStore) => store): () => Promise<Outcome> {
  const { environment } = site;
  const breaker = circuitBreaker<void>({
    name: "bank",
    store: spoil(storeOn(site)),
    probeTimeoutMs: PROBE_TIMEOUT_MS,
  });
  let isProbe = false;
  const ask = wrap(
    (_: undefined, _call: Call) => {
      const kind = isProbe ? "probe" : "call";
      isProbe = false;
      return site.dependency(kind);
    },
    observed((fact) => {
      // Told right before the function runs: the fleet's probe, or one of its own.
      if (fact.type === "circuit.probed") isProbe = true;
      if (fact.type === "circuit.changed" && fact["to"] === "half-open") isProbe = true;
    }),
    breaker,
  );
  return () =>
    ask(undefined, rootCall({ runtime: environment.runtime })).then(
      () => "well",
      (error: { readonly code?: string }) => (error.code === "CIRCUIT_OPEN" ? "refused" : "failed"),
    );
}

interface Count {
  readonly score: number;
  readonly reports: number;
}

/** What `dynamoDBCircuitStore` does, one request each. */
function storeOn({ table, environment }: Site): CircuitStore {
  const request = (call: Call) => ({
    from: environment,
    retries: SDK_FOR_JAVASCRIPT,
    isOver: () => refusal(call) !== undefined,
  });
  return {
    name: "simulated",
    read: (circuit, call) => table.read<SharedCircuit>(circuit, request(call)),
    replace: (circuit, seen, item, call) =>
      table.update<SharedCircuit, ReplaceAnswer>(
        circuit,
        (found) =>
          found?.token === seen
            ? { put: item, answer: { written: true } }
            : { answer: { written: false, found } },
        request(call),
      ),
    count: (circuit, alert, { weight }, call) =>
      table.update(
        `${circuit}·${alert}`,
        (found: Count | undefined) => {
          const sum = { score: (found?.score ?? 0) + weight, reports: (found?.reports ?? 0) + 1 };
          return { put: sum, answer: sum };
        },
        request(call),
      ),
  };
}
