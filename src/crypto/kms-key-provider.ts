import type { AwsTransport } from "../aws/transport.ts";
import type { Call } from "../core/call.ts";
import { HoldfastError, InvalidOptionError } from "../core/errors.ts";
import { checkRequiredOptions } from "../core/options.ts";
import {
  DATA_KEY_BYTES,
  type EncryptedDataKey,
  type EncryptionContext,
  type KeyProvider,
} from "./key-provider.ts";

export interface KmsKeyOptions {
  /** `kmsTransport(client)` of `holdfast/aws/kms`, or anything that does GenerateDataKey and Decrypt. */
  readonly transport: AwsTransport;
  /**
   * A symmetric KMS key: its ARN or identifier. An alias will do, as long as it never comes to mean another key without
   * the old one being listed in `previousKeyIds`.
   */
  readonly keyId: string;
  /** Keys that were used before this one: they decrypt, and encrypt no more. Default: none. */
  readonly previousKeyIds?: readonly string[];
}

const WHERE = "kmsKeyProvider";

/**
 * Takes data keys from AWS KMS, which alone can decrypt them.
 *
 * The function needs `kms:GenerateDataKey` on the key where it encrypts (`kms:Encrypt` beside other providers) and `kms:Decrypt` where it reads, best
 * limited by the condition `kms:EncryptionContext:operation`. Decrypt names the key it expects, so a data key that
 * someone encrypted under a key of their own is refused. Whatever KMS says of one copy of a data key, the others are tried as well. KMS's rotation
 * of a key's material needs nothing here; a move to another key needs the old one in `previousKeyIds`.
 *
 * Errors come through as the client made them. Source: AWS KMS Developer Guide, "Encryption context"; API Reference,
 * GenerateDataKey and Decrypt; AWS Encryption SDK Specification, "AWS KMS Keyring", "OnDecrypt".
 *
 * @example
 * ```ts
 * const keyProvider = kmsKeyProvider({ transport: kmsTransport(new KMSClient({})), keyId: "alias/results" });
 * ```
 */
export function kmsKeyProvider(options: KmsKeyOptions): KeyProvider {
  checkRequiredOptions(WHERE, options, ["transport", "keyId", "previousKeyIds"]);
  const { transport, keyId, previousKeyIds = [] } = options;
  if (typeof transport?.call !== "function") {
    throw new InvalidOptionError(WHERE, "transport must be made by kmsTransport(client)");
  }
  if (!Array.isArray(previousKeyIds)) throw new InvalidOptionError(WHERE, "previousKeyIds must be a list");
  const keyIds: readonly string[] = [keyId, ...previousKeyIds];
  if (!keyIds.every((each) => typeof each === "string" && each !== "")) {
    throw new InvalidOptionError(WHERE, "keyId must name a KMS key, and so must each of previousKeyIds");
  }

  async function decrypt(KeyId: string, encrypted: Uint8Array, context: EncryptionContext, call: Call) {
    const input = { KeyId, CiphertextBlob: encrypted, EncryptionContext: context };
    const { Plaintext } = await transport.call("Decrypt", input, call);
    return dataKey(Plaintext);
  }

  return {
    async generateDataKey(context, call) {
      const input = { KeyId: keyId, KeySpec: "AES_256", EncryptionContext: context };
      const { Plaintext, ...answer } = await transport.call("GenerateDataKey", input, call);
      return { plaintext: dataKey(Plaintext), encrypted: [encryptedBy(answer, keyId)] };
    },
    async encryptDataKey(plaintext, context, call) {
      const input = { KeyId: keyId, Plaintext: plaintext, EncryptionContext: context };
      return [encryptedBy(await transport.call("Encrypt", input, call), keyId)];
    },
    async decryptDataKey(encrypted, context, call) {
      const errors: unknown[] = [];
      for (const { providerId, providerInfo, ciphertext } of encrypted) {
        if (providerId !== KMS) continue;
        for (const each of candidates(keyIds, Buffer.from(providerInfo).toString())) {
          try {
            return await decrypt(each, ciphertext, context, call);
          } catch (error) {
            if (call.signal.aborted) throw error;
            // Whatever KMS says of this copy, the next one may be ours.
            errors.push(error);
          }
        }
      }
      const refused = errors.find((error) => !isOfAnotherKey(error));
      if (refused !== undefined) throw refused;
      throw new HoldfastError(
        "DATA_KEY_UNREADABLE",
        `${WHERE}: none of the data key's copies was encrypted by a key that is listed here.`,
        { cause: errors[0] },
      );
    },
  };
}

/** As all AWS Encryption SDKs call KMS. */
const KMS = "aws-kms";

/** Which of our keys may be the one that is named. A name that is an alias or a part of an ARN has to be tried; the newest is first. */
function candidates(keyIds: readonly string[], arn: string): readonly string[] {
  const named = keyIds.filter((each) => each === arn || arn.endsWith(`:key/${each}`));
  return named.length > 0 ? named : keyIds.filter((each) => !/:key\//.test(each) && !KEY_ID.test(each));
}

/** A key's own identifier, which is the end of its ARN, and means no other key. */
const KEY_ID = /^(mrk-)?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/;

function encryptedBy(
  { CiphertextBlob, KeyId }: { readonly CiphertextBlob?: unknown; readonly KeyId?: unknown },
  keyId: string,
): EncryptedDataKey {
  if (!(CiphertextBlob instanceof Uint8Array)) throw notADataKey();
  const arn = typeof KeyId === "string" ? KeyId : keyId;
  return { providerId: KMS, providerInfo: Buffer.from(arn), ciphertext: CiphertextBlob };
}

function dataKey(bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array && bytes.length === DATA_KEY_BYTES) return bytes;
  throw notADataKey();
}

function notADataKey(): HoldfastError {
  return new HoldfastError(
    "DATA_KEY_UNREADABLE",
    `${WHERE}: the answer holds no data key of ${DATA_KEY_BYTES} bytes.`,
  );
}

/**
 * KMS knows which key made a ciphertext, and says so when it is asked to use another: thus, or with AccessDeniedException when it cannot
 * see that key, in another region say.
 */
function isOfAnotherKey(error: unknown): boolean {
  return Object(error).name === "IncorrectKeyException";
}
