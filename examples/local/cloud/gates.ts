import type { FaultDecisions } from "../faults/decide.ts";
import { type Gate, type PassingRequest, startGate } from "../faults/gate.ts";
import type { Observe, Running, ServiceName } from "../services.ts";
import { SERVICE_NAMES } from "../services.ts";
import type { LambdaFunction } from "../template/stack.ts";

/** The way from functions to services: past a gate where a run's faults touch a service, straight elsewhere. */
export interface ServiceGates {
  /** The environment variables by which functions find the services. */
  environmentFor(endpoints: Readonly<Partial<Record<ServiceName, string>>>): Promise<Record<string, string>>;
  /** A function whose own variables lead past the gates too, once there is an environment for the services. */
  led(fn: LambdaFunction): LambdaFunction;
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
  /** The SDK asks the host that a queue's URL names, whatever the endpoint in its environment. */
  let queueUrls = (value: string): string => value;
  async function endpointFor(service: ServiceName, target: string): Promise<string> {
    const keepBodies = keepRequestsOf.includes(service);
    if (!keepBodies && faults?.touches(service) !== true) return target;
    const gate = await startGate({
      service,
      target,
      keepBodies,
      decide({ operation, path }) {
        const verdict = faults?.request(service, operation, path);
        if (verdict !== undefined) observe({ type: "request-fault", service, operation, fate: verdict.do });
        return verdict;
      },
    });
    gates.set(service, track(gate));
    if (service === "sqs") queueUrls = (value) => value.replaceAll(target, gate.endpoint);
    return gate.endpoint;
  }
  return {
    async environmentFor(endpoints) {
      const variables: Record<string, string> = {};
      for (const service of SERVICE_NAMES) {
        const target = endpoints[service];
        if (target === undefined) continue;
        variables[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] = await endpointFor(service, target);
      }
      return variables;
    },
    led: (fn) => ({
      ...fn,
      environment: Object.fromEntries(
        Object.entries(fn.environment).map(([name, value]) => [name, queueUrls(value)]),
      ),
    }),
    requestsTo: (service) => gates.get(service)?.seen ?? [],
  };
}
