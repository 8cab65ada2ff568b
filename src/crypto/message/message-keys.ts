import { uint16 } from "./numbers.ts";
import { COMMITMENT_BYTES, type Suite } from "./suite.ts";

/** What is derived from a data key for one message. */
export interface MessageKeys {
  readonly encryption: Uint8Array;
  /** Stands in the header: there is no second data key under which the message could be read as another. */
  readonly commitment: Buffer;
}

/**
 * Derives a message's keys by HKDF with SHA-512, its id being the salt.
 *
 * Source: AWS Encryption SDK Specification, "Algorithm Suites", "HKDF encryption key" and "HKDF commit key"; RFC 5869.
 */
export function messageKeys(suite: Suite, dataKey: Uint8Array, messageId: Uint8Array): MessageKeys {
  const { hkdfSync } = process.getBuiltinModule("node:crypto");
  const derive = (info: Uint8Array): Buffer =>
    Buffer.from(hkdfSync("sha512", dataKey, messageId, info, COMMITMENT_BYTES));
  return {
    encryption: derive(Buffer.concat([uint16(suite.id), Buffer.from("DERIVEKEY")])),
    commitment: derive(Buffer.from("COMMITKEY")),
  };
}
