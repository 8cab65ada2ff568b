import type { Call } from "../../core/call.ts";
import type { SharedCircuit } from "./item.ts";
import type { AlertCount } from "./score.ts";

/** What became of a conditional write: the item that refused it is the newest there is. */
export type ReplaceAnswer =
  | { readonly written: true }
  | { readonly written: false; readonly found: SharedCircuit | undefined };

/**
 * Where the environments of a fleet keep what they know of their circuits.
 *
 * It decides nothing: each method is one request. Circuits are told apart by name. Whatever fails rejects, and the breaker goes on without.
 */
export interface CircuitStore {
  /** In facts: `DynamoDB table Circuits`. */
  readonly name: string;
  /** Reads a control item. May be a moment old. */
  read(circuit: string, call: Call): Promise<SharedCircuit | undefined>;
  /** Writes a control item if the one there has the token `seen`; undefined: if there is none. */
  replace(circuit: string, seen: string | undefined, item: SharedCircuit, call: Call): Promise<ReplaceAnswer>;
  /** Adds one report to what is counted under an alert, apart from the control item, and answers the sum. May be forgotten after `expiresAtMs`. */
  count(
    circuit: string,
    alert: string,
    report: { readonly weight: number; readonly expiresAtMs: number },
    call: Call,
  ): Promise<AlertCount>;
}
