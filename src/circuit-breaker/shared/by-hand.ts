import { type Call, runtimeOf } from "../../core/call.ts";
import { checkNumber, HoldfastError, InvalidOptionError } from "../../core/errors.ts";
import { checkRequiredOptions } from "../../core/options.ts";
import { checkName } from "../check-name.ts";
import { checkCircuitStore } from "./check-store.ts";
import { nextShared, type SharedCircuit, type SharedEvent } from "./item.ts";
import type { CircuitStore } from "./store.ts";

export interface OperateCircuitOptions {
  readonly store: CircuitStore;
  /** The circuit's name, as its breakers have it. */
  readonly name: string;
  /**
   * `open`: as if it had tripped now. `isolated`: every call is refused, without probes, until somebody closes it. `throttled`: while it is closed,
   * only a `share` of the calls go through, until somebody closes it; one that has tripped stays open first.
   */
  readonly to: "open" | "closed" | "isolated" | "throttled";
  /** Of `throttled`: above 0, up to 1. */
  readonly share?: number;
  /** Of `open`: how long until a probe, in milliseconds. Default: 10,000. */
  readonly halfOpenAfterMs?: number;
}

/** Others write as well, each time from what they saw; nobody comes between so often in a row. */
const MOST_TRIES = 20;

/**
 * Opens, closes or isolates a circuit for all environments that share it: an operator's hand, or a feature flag's.
 *
 * It wins over whatever the environments write at the same time, and nothing but a hand ends an isolation. They learn of it with their next look:
 * 1.5 × `readEveryMs` later at most, if they are called, while it is closed or isolated, and at the end of the cooldown while it is open. Rejects with the store's own error,
 * or `CIRCUIT_CONTENDED`, which is retryable.
 *
 * @example
 * ```ts
 * const store = memoryCircuitStore();
 * await operateCircuit({ store, name: "bank", to: "isolated" }, call);
 * ```
 */
export async function operateCircuit(options: OperateCircuitOptions, call: Call): Promise<SharedCircuit> {
  const where = "operateCircuit";
  checkRequiredOptions(where, options, ["store", "name", "to", "share", "halfOpenAfterMs"]);
  const { store, name, halfOpenAfterMs = 10_000 } = options;
  checkName(where, name);
  checkCircuitStore(where, store);
  const event = eventOf(where, options);
  checkNumber(where, "halfOpenAfterMs", halfOpenAfterMs, { min: 1 });
  const runtime = runtimeOf(call);
  const rules = { halfOpenAfterMs, probeTimeoutMs: 0, probesToClose: 1, storeTimeoutMs: 0 };
  let found = await store.read(name, call);
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const next = nextShared(found, event, runtime.now(), rules);
    // A hand's event always writes.
    if (next === undefined) break;
    const item = { ...next, token: runtime.newId() };
    const answer = await store.replace(name, found?.token, item, call);
    if (answer.written || answer.found?.token === item.token) return item;
    found = answer.found;
  }
  throw new HoldfastError(
    "CIRCUIT_CONTENDED",
    `The circuit "${name}" was changed by others ${MOST_TRIES} times in a row. Try again.`,
    { retryable: true },
  );
}

function eventOf(where: string, { to, share }: OperateCircuitOptions): SharedEvent {
  if (to !== "throttled") {
    if (share !== undefined) throw new InvalidOptionError(where, "share is for throttled alone");
    if (to !== "open" && to !== "closed" && to !== "isolated") {
      throw new InvalidOptionError(where, "to must be open, closed, isolated or throttled");
    }
    return { type: "by-hand", to };
  }
  if (share === undefined) throw new InvalidOptionError(where, "throttled needs a share, such as 0.1");
  checkNumber(where, "share", share, { min: 0, max: 1 });
  if (share === 0) throw new InvalidOptionError(where, "a share of 0 lets nothing through: isolate it");
  return { type: "by-hand", to, share };
}
