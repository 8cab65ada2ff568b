/** What a call pays for a circuit breaker while all is well, beside cockatiel and opossum. */
import {
  ConsecutiveBreaker,
  circuitBreaker as cockatielBreaker,
  handleAll,
  SamplingBreaker,
} from "cockatiel";
import { rootCall, wrap } from "holdfast";
import { circuitBreaker, timeWindow } from "holdfast/circuit-breaker";
import { memoryCircuitStore } from "holdfast/testing";
import Opossum from "opossum";
import { measure } from "../harness.ts";
import { againstBudget, besidePeer, overBare, type Row } from "../row.ts";
import { titled } from "./titled.ts";

export async function rows(): Promise<readonly Row[]> {
  const noop = async (input: number): Promise<number> => input;
  const call = rootCall();
  const ours = wrap(noop, circuitBreaker({ name: "bench" }));
  const oursWindow = wrap(noop, circuitBreaker({ name: "bench", trip: timeWindow() }));
  const oursShared = wrap(noop, circuitBreaker({ name: "bench", store: memoryCircuitStore() }));
  const cockatiel = cockatielBreaker(handleAll, {
    halfOpenAfter: 10_000,
    breaker: new ConsecutiveBreaker(5),
  });
  const cockatielWindow = cockatielBreaker(handleAll, {
    halfOpenAfter: 10_000,
    breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
  });
  // It always looks at a window of ten seconds.
  const opossum = new Opossum(noop, { timeout: false });
  const ns = await measure([
    { name: "bare", run: () => noop(1) },
    { name: "ours", run: () => ours(1, call) },
    { name: "oursWindow", run: () => oursWindow(1, call) },
    { name: "oursShared", run: () => oursShared(1, call) },
    { name: "cockatiel", run: () => cockatiel.execute(() => noop(1)) },
    { name: "cockatielWindow", run: () => cockatielWindow.execute(() => noop(1)) },
    { name: "opossum", run: () => opossum.fire(1) },
  ] as const);
  opossum.shutdown();
  const title = titled("circuit-breaker", "ns");
  return [
    besidePeer(title("closed, five in a row, round a no-op", 0.6), ns.ours, "cockatiel", ns.cockatiel),
    besidePeer(
      title("the same, less the bare function"),
      overBare(ns.ours, ns.bare),
      "cockatiel",
      overBare(ns.cockatiel, ns.bare),
    ),
    besidePeer(title("closed, five in a row, round a no-op"), ns.ours, "opossum, its window", ns.opossum),
    besidePeer(title("closed, a window of 10 s"), ns.oursWindow, "cockatiel, the same", ns.cockatielWindow),
    besidePeer(title("closed, a window of 10 s"), ns.oursWindow, "opossum, the same", ns.opossum),
    besidePeer(title("closed, shared by a fleet, healthy"), ns.oursShared, "cockatiel, local", ns.cockatiel),
    againstBudget(title("bare function"), ns.bare),
  ];
}
