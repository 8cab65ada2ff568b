import type { Fact } from "../core/observer.ts";
import type { CircuitState, Transition } from "./circuit.ts";
import type { RefusedBecause } from "./errors.ts";
import type { SharedCircuit } from "./shared/item.ts";

/**
 * What observers are told by a circuit breaker and what goes with it, by `type`: each at once, on the call that brought it about or noticed it.
 *
 * `circuit.changed`: this process's own circuit has another state, as was seen at `atMs` (epoch milliseconds). `circuit.shared`: what is known of the circuit that
 * the fleet shares has changed; where its own circuit goes with it, `circuit.changed` follows. `circuit.refused`: a call was not let through, and in which
 * state (`closed`: while it comes back, or is throttled, only a share may pass). `circuit.probed`: a call goes through as the fleet's one probe. `circuit.store-failed`:
 * a request to the store has failed or taken too long, and the circuit goes on without. `circuit.skipped`: `skipWhenOpen` has put an event aside, or (`circuit.skip-failed`) could not. `fallback`, `last-good`, `bulkhead.refused`: as their functions say.
 */
export type CircuitFact =
  | {
      readonly type: "circuit.changed";
      readonly name: string;
      readonly from: CircuitState;
      readonly to: CircuitState;
      readonly why: Transition["why"];
      readonly atMs: number;
    }
  | {
      readonly type: "circuit.shared";
      readonly name: string;
      readonly state: SharedCircuit["state"];
      readonly epoch: number;
      /** Of the calls that may go through while it is closed: 1, unless somebody throttles it. */
      readonly share: number;
      readonly atMs: number;
    }
  | {
      readonly type: "circuit.refused";
      readonly name: string;
      readonly state: CircuitState;
      readonly because: RefusedBecause;
      /** Infinity where only a hand can tell. */
      readonly retryAfterMs: number;
    }
  | { readonly type: "circuit.probed"; readonly name: string }
  | {
      readonly type: "circuit.store-failed";
      readonly name: string;
      readonly store: string;
      readonly error: unknown;
    }
  | { readonly type: "circuit.skipped"; readonly error: unknown }
  | { readonly type: "circuit.skip-failed"; readonly error: unknown }
  | { readonly type: "fallback"; readonly error: unknown }
  | { readonly type: "last-good"; readonly ageMs: number; readonly error: unknown }
  | { readonly type: "bulkhead.refused"; readonly name: string; readonly running: number };

/** The compiler holds it equal to the types above. */
const TYPES: Readonly<Record<CircuitFact["type"], true>> = {
  "circuit.changed": true,
  "circuit.shared": true,
  "circuit.refused": true,
  "circuit.probed": true,
  "circuit.store-failed": true,
  "circuit.skipped": true,
  "circuit.skip-failed": true,
  fallback: true,
  "last-good": true,
  "bulkhead.refused": true,
};

/**
 * Whether a fact is of a circuit breaker, a fallback or a bulkhead: its fields have types then, by `fact.type`.
 *
 * @example
 * ```ts
 * const watched = observed((fact) => {
 *   if (isCircuitFact(fact) && fact.type === "circuit.changed") metrics.count(`${fact.name} ${fact.to}: ${fact.why}`);
 * });
 * ```
 */
export function isCircuitFact(fact: Fact): fact is CircuitFact {
  return Object.hasOwn(TYPES, fact.type);
}
