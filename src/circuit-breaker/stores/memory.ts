import { type Call, refusal } from "../../core/call.ts";
import type { SharedCircuit } from "../shared/item.ts";
import type { AlertCount } from "../shared/score.ts";
import type { CircuitStore } from "../shared/store.ts";

/**
 * Circuits in this process alone: for tests of what several breakers do together.
 *
 * @example
 * ```ts
 * const store = memoryCircuitStore();
 * const bank = circuitBreaker({ name: "bank", store });
 * ```
 */
export function memoryCircuitStore(): CircuitStore {
  const items = new Map<string, SharedCircuit>();
  const counts = new Map<string, AlertCount>();
  return {
    name: "memory",
    async read(circuit, call) {
      checkCall(call);
      return items.get(circuit);
    },
    async replace(circuit, seen, item, call) {
      checkCall(call);
      const found = items.get(circuit);
      if (found?.token !== seen) return { written: false, found };
      items.set(circuit, Object.freeze({ ...item }));
      return { written: true };
    },
    async count(circuit, alert, { weight }, call) {
      checkCall(call);
      const key = `${circuit}\n${alert}`;
      const { score, reports } = counts.get(key) ?? { score: 0, reports: 0 };
      const sum = { score: score + weight, reports: reports + 1 };
      counts.set(key, sum);
      return sum;
    },
  };
}

/** As a store of the network does: for a call that is over it sends nothing. */
function checkCall(call: Call): void {
  const reason = refusal(call);
  if (reason !== undefined) throw reason;
}
