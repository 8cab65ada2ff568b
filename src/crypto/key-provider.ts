import type { Call } from "../core/call.ts";

/**
 * What a ciphertext belongs to, in clear: authenticated with it, never encrypted, and written into audit logs (AWS
 * CloudTrail shows it). Names of things, no personal data.
 */
export type EncryptionContext = Readonly<Record<string, string>>;

/** A key for data: to use at once, and encrypted, to be kept beside what it encrypts. */
export interface DataKey {
  /** 32 bytes, for AES-256. */
  readonly plaintext: Uint8Array;
  readonly encrypted: Uint8Array;
}

/**
 * Where data keys come from, and who can decrypt them: envelope encryption, so that the key that guards everything
 * never leaves its place.
 *
 * Source: AWS Encryption SDK Developer Guide, "Concepts in the AWS Encryption SDK".
 */
export interface KeyProvider {
  generateDataKey(context: EncryptionContext, call: Call): Promise<DataKey>;
  /** The data key again. Rejects for another context, for a key that it does not have, and for changed bytes. */
  decryptDataKey(encrypted: Uint8Array, context: EncryptionContext, call: Call): Promise<Uint8Array>;
}

/** AES-256. */
export const DATA_KEY_BYTES = 32;
