import type { Call } from "../core/call.ts";

/**
 * The one thing asked of an AWS client: do an operation, return its answer.
 *
 * `operation` and `input` are those of the service's API reference ("PutItem", "PutEvents"). The call's signal stops
 * the request. Errors come through as the client made them, with everything they carry.
 */
export interface AwsTransport {
  call(operation: string, input: object, call: Call): Promise<Record<string, unknown>>;
}
