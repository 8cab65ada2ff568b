import type { FaultDecisions } from "../faults/decide.ts";
import { type Gate, type PassingRequest, startGate } from "../faults/gate.ts";
import type { FaultyService } from "../faults/plan.ts";
import type { Observe, Running } from "../services.ts";

/** The way from functions to services: past a gate where a run's faults touch a service, straight elsewhere. */
export interface ServiceGates {
  /** The endpoint to give to functions for a service. */
  endpointFor(service: FaultyService, endpoint: string): Promise<string>;
  /** What functions sent to a service, in order; empty unless it is one whose requests are kept. */
  requestsTo(service: FaultyService): readonly PassingRequest[];
}

export function serviceGates(options: {
  readonly faults: FaultDecisions | undefined;
  readonly keepRequestsOf: readonly FaultyService[];
  readonly observe: Observe;
  readonly track: <T extends Running>(running: T) => T;
}): ServiceGates {
  const { faults, keepRequestsOf, observe, track } = options;
  const gates = new Map<FaultyService, Gate>();
  return {
    async endpointFor(service, target) {
      const keepBodies = keepRequestsOf.includes(service);
      if (!keepBodies && faults?.touches(service) !== true) return target;
      const gate = await startGate({
        service,
        target,
        keepBodies,
        decide({ operation }) {
          const verdict = faults?.request(service, operation);
          if (verdict !== undefined) observe({ type: "request-fault", service, operation, fate: verdict.do });
          return verdict;
        },
      });
      gates.set(service, track(gate));
      return gate.endpoint;
    },
    requestsTo: (service) => gates.get(service)?.seen ?? [],
  };
}
