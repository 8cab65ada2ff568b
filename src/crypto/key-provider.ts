import type { Call } from "../core/call.ts";

/**
 * What a ciphertext belongs to, in clear: authenticated with it, never encrypted, and written into audit logs (AWS
 * CloudTrail shows it). Names of things, no personal data.
 */
export type EncryptionContext = Readonly<Record<string, string>>;

/**
 * A data key as a key provider has encrypted it, to be kept beside what it encrypts.
 *
 * Source: AWS Encryption SDK Specification, "Structures", "Encrypted Data Key".
 */
export interface EncryptedDataKey {
  /** Which kind of provider it is for: "aws-kms", or the name space of keys that a program holds. */
  readonly providerId: string;
  /** Which key of that provider: for KMS the key's ARN. */
  readonly providerInfo: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** A key for data: to use at once, and encrypted, by each of the keys that may decrypt it. */
export interface DataKey {
  /** 32 bytes, for AES-256. */
  readonly plaintext: Uint8Array;
  /** One at least. */
  readonly encrypted: readonly EncryptedDataKey[];
}

/**
 * Where data keys come from, and who can decrypt them: envelope encryption, so that the key that guards everything
 * never leaves its place.
 *
 * Source: AWS Encryption SDK Developer Guide, "Concepts in the AWS Encryption SDK".
 */
export interface KeyProvider {
  /** What it gives out, here and below, is the caller's, who wipes it after use: a provider that remembers keys gives copies. */
  generateDataKey(context: EncryptionContext, call: Call): Promise<DataKey>;
  /** A data key that there is already, for this provider too: several providers, or a move to another key. */
  encryptDataKey(
    plaintext: Uint8Array,
    context: EncryptionContext,
    call: Call,
  ): Promise<readonly EncryptedDataKey[]>;
  /**
   * The data key again, from whichever of these is this provider's. Rejects for another context, when none is its own, and for
   * changed bytes.
   */
  decryptDataKey(
    encrypted: readonly EncryptedDataKey[],
    context: EncryptionContext,
    call: Call,
  ): Promise<Uint8Array>;
}

/** AES-256. */
export const DATA_KEY_BYTES = 32;

/** Copies of a data key that a reader tries: whoever could write more would make it ask for them. */
export const MOST_DATA_KEYS = 16;
