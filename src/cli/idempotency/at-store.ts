import type { Call } from "../../core/call.ts";
import { HoldfastError } from "../../core/errors.ts";
import { rootCall } from "../../core/root-call.ts";
import { within } from "../../core/within.ts";
import type { AdminStore } from "../../idempotency/admin/admin-store.ts";
import { inspect } from "../../idempotency/admin/inspect.ts";
import type { Inspection } from "../../idempotency/admin/inspection.ts";
import type { Io } from "../io.ts";

/** A store that says nothing for so long is down. */
const TIMEOUT_MS = 15_000;

/** Asks the store something on a call of its own: a person may think for minutes between two of them. */
export function atStore<T>(io: Io, ask: (call: Call) => Promise<T>): Promise<T> {
  const call: Call = rootCall({ runtime: io.runtime });
  return within(call, io.runtime.now() + TIMEOUT_MS, silent, ask);
}

function silent(): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_STORE",
    `The store has not answered for ${TIMEOUT_MS / 1_000} s. A write may have been made all the same: look again.`,
    { retryable: true },
  );
}

export function look(io: Io, store: AdminStore, id: string): Promise<Inspection | undefined> {
  return atStore(io, (call) => inspect(store, id, call));
}
