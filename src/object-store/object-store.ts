import type { Call } from "../core/call.ts";

/**
 * Where bytes lie that are too large for a record or an event.
 *
 * A key names its content for ever: whoever writes makes it unique to what it writes. So a second `put` of a key is a
 * first one whose reply was lost, and the store leaves what is there. `objectStoreContract` in `holdfast/testing` says
 * the rest as tests.
 */
export interface ObjectStore {
  /** Resolves once the bytes are there, under a key of ASCII letters, digits and `_-./`; written now or before. */
  put(key: string, bytes: Uint8Array, call: Call): Promise<void>;
  /** The bytes, or undefined when there are none: never written, or expired. */
  get(key: string, call: Call): Promise<Uint8Array | undefined>;
}
