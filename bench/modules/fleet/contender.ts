import type { Environment } from "./environment.ts";
import type { Table } from "./table.ts";

/** What became of an invocation, for its caller. `store-error`: the dependency was not asked, or its answer was lost, because of the table. */
export type Outcome = "well" | "failed" | "refused" | "store-error";

/** What an environment protects, and with what. */
export interface Site {
  readonly environment: Environment;
  readonly table: Table;
  /** Asks the dependency. `probe`: the breaker takes a risk with this one, while it is open. Rejects with a `DependencyError` when it fails. */
  dependency(kind: "call" | "probe"): Promise<void>;
}

/** One way of sharing a circuit. */
export interface Contender {
  readonly name: string;
  /** The key of the item that holds the state. */
  readonly control: string;
  /** What the state is that such an item says. */
  stateOf(item: unknown): "closed" | "open";
  /** Until when, by the clock of whoever wrote the item, its holder may have a probe under way; undefined: there is no lease. */
  leaseOf(item: unknown): { readonly holder: string; readonly untilMs: number } | undefined;
  /** A fresh environment: gives what one invocation does. */
  start(site: Site): () => Promise<Outcome>;
}

export class DependencyError extends Error {}
