/**
 * A data key as one key provider has encrypted it, for a message's header.
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
