import type { Call } from "../../core/call.ts";
import { rootCall } from "../../core/root-call.ts";
import type { AdminStore } from "../../idempotency/admin/admin-store.ts";
import { inspect } from "../../idempotency/admin/inspect.ts";
import type { Inspection } from "../../idempotency/admin/inspection.ts";
import type { Io } from "../io.ts";

/** A store that says nothing for so long is down. */
const TIMEOUT_MS = 15_000;

/** Asks the store something on a call of its own: a person may think for minutes between two of them. */
export async function atStore<T>(io: Io, ask: (call: Call) => Promise<T>): Promise<T> {
  using call = rootCall({ runtime: io.runtime, timeoutMs: TIMEOUT_MS });
  return await ask(call);
}

export function look(io: Io, store: AdminStore, id: string): Promise<Inspection | undefined> {
  return atStore(io, (call) => inspect(store, id, call));
}
