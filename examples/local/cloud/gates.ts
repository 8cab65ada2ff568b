import type { FaultDecisions } from "../faults/decide.ts";
import { type Gate, type PassingRequest, startGate } from "../faults/gate.ts";
import type { Observe, Running, ServiceName } from "../services.ts";
import { SERVICE_NAMES } from "../services.ts";

/** The way from functions to services: past a gate where a run's faults touch a service, straight elsewhere. */
export interface ServiceGates {
  /** Where functions reach a service that listens at `target`; the same whenever it is asked for. */
  endpointFor(service: ServiceName, target: string): Promise<string>;
  /** The environment variables by which functions find the services. */
  environmentFor(endpoints: Readonly<Partial<Record<ServiceName, string>>>): Promise<Record<string, string>>;
  /** What functions sent to a service, in order; empty unless it is one whose requests are kept. */
  requestsTo(service: ServiceName): readonly PassingRequest[];
}

export function serviceGates(options: {
  readonly faults: FaultDecisions | undefined;
  readonly keepRequestsOf: readonly ServiceName[];
  readonly observe: Observe;
  readonly track: <T extends Running>(running: T) => T;
}): ServiceGates {
  const { faults, keepRequestsOf, observe, track } = options;
  const gates = new Map<ServiceName, Gate>();
  async function endpointFor(service: ServiceName, target: string): Promise<string> {
    const started = gates.get(service);
    if (started !== undefined) return started.endpoint;
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
  }
  return {
    endpointFor,
    async environmentFor(endpoints) {
      const variables: Record<string, string> = {};
      for (const service of SERVICE_NAMES) {
        const target = endpoints[service];
        if (target === undefined) continue;
        variables[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] = await endpointFor(service, target);
      }
      return variables;
    },
    requestsTo: (service) => gates.get(service)?.seen ?? [],
  };
}
