import type { AwsTransport } from "../../aws/transport.ts";
import type { Call } from "../../core/call.ts";
import { HoldfastError } from "../../core/errors.ts";
import { rootCall } from "../../core/root-call.ts";
import { within } from "../../core/within.ts";
import type { Io } from "../io.ts";

/** A request that is not answered for so long never will be. */
const TIMEOUT_MS = 120_000;

/** Runs what may take hours on a call that Ctrl-C ends. */
export async function onACall<T>(io: Io, run: (call: Call) => Promise<T>): Promise<T> {
  using interrupts = io.interrupts();
  using call = rootCall({ runtime: io.runtime, signal: interrupts.signal });
  return await run(call);
}

/** The same transport, for which each request has its time. */
export function timely(transport: AwsTransport, io: Io): AwsTransport {
  return {
    call: (operation, input, call) =>
      within(call, io.runtime.now() + TIMEOUT_MS, silent, (inner) => transport.call(operation, input, inner)),
  };
}

function silent(): HoldfastError {
  return new HoldfastError("BACKUP_STORE", `S3 or KMS has not answered for ${TIMEOUT_MS / 1_000} s.`, {
    retryable: true,
  });
}
