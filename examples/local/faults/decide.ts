import type { ServiceName } from "../services.ts";
import { drawn } from "./chance.ts";
import type { FaultPlan, InvocationFault, RequestFate, RequestFault, ThirdPartyFault } from "./plan.ts";

/** What happens to one request; `delayMs` is set where the fate needs it. */
export type RequestVerdict = { readonly do: RequestFate; readonly delayMs?: number };

/** What is done in the middle of one run of a function: the moment is drawn. */
export interface Disturbance {
  readonly do: "kill" | "freeze";
  readonly at: { readonly afterMs: number } | { readonly atAwait: number } | "before-answer";
  readonly forMs: number;
}

/** A run of a function, as faults see it before it starts. */
export interface DisturbedRun {
  readonly functionName: string;
  /** 1 for the first delivery of its event. */
  readonly attempt: number;
}

/** A plan and a seed, asked at the moment of each candidate. The n-th candidate of a kind gets the same answer in every run. */
export interface FaultDecisions {
  /** Whether any request to a service may be hit. */
  touches(service: ServiceName): boolean;
  request(service: ServiceName, operation: string, path?: string): RequestVerdict | undefined;
  /** The error code of an entry that EventBridge refuses. */
  entry(): string | undefined;
  invocation(run: DisturbedRun): Disturbance | undefined;
  duplicate(functionName: string): boolean;
  /** A number from 0 up to 1 by which to choose another order; undefined when it stays. */
  reorder(functionName: string): number | undefined;
  /** How far the clock of a new environment is ahead, in real milliseconds. */
  clockSkewMs(functionName: string): number;
  thirdParty(name: string, sinceFirstMs: number): ThirdPartyFault | undefined;
  /** The plan's faults that have had no candidate so far, as JSON: what they name has not been seen. */
  idle(): readonly string[];
}

export function faultDecisions(plan: FaultPlan, seed: number): FaultDecisions {
  const candidates = new Map<string, number>();
  const met = new Set<object>();
  /** By the name of a third party: what goes on happening to it, and how often yet. */
  const bursts = new Map<string, { readonly fault: ThirdPartyFault; readonly left: number }>();
  /** Counts a candidate of a fault and says whether it is hit. */
  function hit(
    at: string,
    { chance = 1, nth }: { readonly chance?: number; readonly nth?: number },
  ): boolean {
    const count = (candidates.get(at) ?? 0) + 1;
    candidates.set(at, count);
    if (nth !== undefined && nth !== count) return false;
    return chance === 1 || drawn(seed, at, count) < chance;
  }
  /** Faults of one list that match and are hit. Each counts its own candidates, also when another hits first. */
  function hits<F extends { readonly chance?: number; readonly nth?: number }>(
    list: string,
    faults: readonly F[] | undefined,
    matches: (fault: F) => boolean,
    subject = "",
  ): F | undefined {
    const all = (faults ?? []).filter((fault, index) => {
      if (!matches(fault)) return false;
      met.add(fault);
      return hit(`${list}[${index}] ${subject}`, fault);
    });
    return all[0];
  }
  const ofFunction =
    (functionName: string) =>
    (fault: { readonly function: string }): boolean =>
      functionName === fault.function || functionName.endsWith(`-${fault.function}`);

  function disturbance(fault: InvocationFault, functionName: string): Disturbance {
    const { at, forMs = 0 } = fault;
    if (typeof at === "string" || "afterMs" in at || "atAwait" in at) return { do: fault.do, at, forMs };
    const count = candidates.get(`moment ${functionName}`) ?? 0;
    candidates.set(`moment ${functionName}`, count + 1);
    const share = drawn(seed, "moment", functionName, count);
    const moment =
      "withinMs" in at
        ? { afterMs: share * at.withinMs }
        : { atAwait: 1 + Math.floor(share * at.withinAwaits) };
    return { do: fault.do, at: moment, forMs };
  }

  return {
    touches: (service) => (plan.requests ?? []).some((fault) => fault.service === service),
    request(service, operation, path = "") {
      const matches = (fault: RequestFault): boolean =>
        fault.service === service &&
        (fault.operation === undefined || fault.operation === operation) &&
        path.includes(fault.path ?? "");
      const found = hits("requests", plan.requests, matches, operation);
      if (found === undefined) return undefined;
      return { do: found.do, ...(found.delayMs === undefined ? {} : { delayMs: found.delayMs }) };
    },
    entry: () => hits("entries", plan.entries, () => true)?.code,
    invocation({ functionName, attempt }) {
      const isOf = ofFunction(functionName);
      const found = hits(
        "invocations",
        plan.invocations,
        (fault) => isOf(fault) && attempt <= (fault.attempts ?? 1),
      );
      return found === undefined ? undefined : disturbance(found, functionName);
    },
    duplicate(functionName) {
      const isOf = ofFunction(functionName);
      return (
        hits("deliveries", plan.deliveries, (fault) => fault.do === "duplicate" && isOf(fault)) !== undefined
      );
    },
    reorder(functionName) {
      const isOf = ofFunction(functionName);
      const found = hits("deliveries", plan.deliveries, (fault) => fault.do === "reorder" && isOf(fault));
      if (found === undefined) return undefined;
      const count = candidates.get(`order ${functionName}`) ?? 0;
      candidates.set(`order ${functionName}`, count + 1);
      return drawn(seed, "order", functionName, count);
    },
    clockSkewMs(functionName) {
      return hits("environments", plan.environments, ofFunction(functionName))?.byMs ?? 0;
    },
    thirdParty(name, sinceFirstMs) {
      const burst = bursts.get(name);
      const own = hits(
        "thirdParties",
        plan.thirdParties,
        ({ name: wanted, fromMs = 0, untilMs = Number.POSITIVE_INFINITY }) =>
          wanted === name && sinceFirstMs >= fromMs && sinceFirstMs < untilMs,
      );
      // Candidates are counted in a burst as well, so that it shifts nothing else.
      const left = burst === undefined ? (own?.times ?? 1) - 1 : burst.left - 1;
      const fault = burst?.fault ?? own;
      if (fault === undefined || left === 0) bursts.delete(name);
      else bursts.set(name, { fault, left });
      return fault;
    },
    idle: () =>
      Object.values(plan).flatMap((faults: readonly object[]) =>
        faults.filter((fault) => !met.has(fault)).map((fault) => JSON.stringify(fault)),
      ),
  };
}
