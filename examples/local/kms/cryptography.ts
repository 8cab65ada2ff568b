import { randomBytes } from "node:crypto";
import { RequestError } from "../process/request-error.ts";
import { invalidCiphertext, type Material, open, readHeader, seal } from "./ciphertext.ts";
import { type EncryptionContext, readContext } from "./encryption-context.ts";
import { type Input, readBytes, readInteger, readText, refuse, required } from "./input.ts";
import { type KeyRecord, type KeyRing, usable } from "./key-ring.ts";
import { invalid } from "./kms-error.ts";

const MAX_PLAINTEXT_BYTES = 4_096;
const MAX_CIPHERTEXT_BYTES = 6_144;
const MAX_KEY_ID = 2_048;
const ALGORITHM = "SYMMETRIC_DEFAULT";

type Operation = (input: Input) => unknown;

/** The operations that use keys. Source: KMS API Reference, by operation. */
export function cryptography(ring: KeyRing): Readonly<Record<string, Operation>> {
  function usableKey(input: Input, name: string): KeyRecord {
    return usable(ring.find(required(readText(input, name, { most: MAX_KEY_ID }), name)));
  }

  function encryptWith(key: KeyRecord, plaintext: Buffer, context: EncryptionContext) {
    const material = newest(key);
    const blob = seal(key.keyId, material, plaintext, context);
    return { CiphertextBlob: blob.toString("base64"), KeyId: key.arn, KeyMaterialId: material.id };
  }

  /** What the ciphertext names, which must be what the caller expects when it names a key. */
  function decrypt(blob: Buffer, expected: string | undefined, context: EncryptionContext) {
    const { keyId, materialId } = readHeader(blob);
    if (!ring.hasMade(keyId)) throw invalidCiphertext();
    if (expected !== undefined && ring.find(expected).keyId !== keyId) {
      throw new RequestError(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
      );
    }
    const key = usable(ring.findKey(keyId));
    const material = key.material.find(({ id }) => id === materialId);
    if (material === undefined) throw invalidCiphertext();
    return { key, material, plaintext: open(material, blob, context) };
  }

  function dataKey(input: Input): { readonly plaintext: Buffer; readonly answer: object } {
    refuse(input, "Recipient");
    const key = usableKey(input, "KeyId");
    const plaintext = randomBytes(dataKeyBytes(input));
    const context = readContext(input, "EncryptionContext");
    refuseDryRun(input);
    return { plaintext, answer: encryptWith(key, plaintext, context) };
  }

  return {
    Encrypt(input) {
      checkAlgorithm(input, "EncryptionAlgorithm");
      const plaintext = required(readBytes(input, "Plaintext", MAX_PLAINTEXT_BYTES), "Plaintext");
      const context = readContext(input, "EncryptionContext");
      const key = usableKey(input, "KeyId");
      refuseDryRun(input);
      const { CiphertextBlob, KeyId } = encryptWith(key, plaintext, context);
      return { CiphertextBlob, KeyId, EncryptionAlgorithm: ALGORITHM };
    },
    Decrypt(input) {
      refuse(input, "Recipient", "DryRunModifiers");
      checkAlgorithm(input, "EncryptionAlgorithm");
      const blob = required(readBytes(input, "CiphertextBlob", MAX_CIPHERTEXT_BYTES), "CiphertextBlob");
      const expected = readText(input, "KeyId", { most: MAX_KEY_ID });
      const { key, material, plaintext } = decrypt(blob, expected, readContext(input, "EncryptionContext"));
      refuseDryRun(input);
      return {
        KeyId: key.arn,
        Plaintext: plaintext.toString("base64"),
        EncryptionAlgorithm: ALGORITHM,
        KeyMaterialId: material.id,
      };
    },
    ReEncrypt(input) {
      refuse(input, "DryRunModifiers");
      checkAlgorithm(input, "SourceEncryptionAlgorithm");
      checkAlgorithm(input, "DestinationEncryptionAlgorithm");
      const blob = required(readBytes(input, "CiphertextBlob", MAX_CIPHERTEXT_BYTES), "CiphertextBlob");
      const destination = usableKey(input, "DestinationKeyId");
      const expected = readText(input, "SourceKeyId", { most: MAX_KEY_ID });
      const source = decrypt(blob, expected, readContext(input, "SourceEncryptionContext"));
      refuseDryRun(input);
      const context = readContext(input, "DestinationEncryptionContext");
      const { CiphertextBlob, KeyId, KeyMaterialId } = encryptWith(destination, source.plaintext, context);
      return {
        CiphertextBlob,
        SourceKeyId: source.key.arn,
        KeyId,
        SourceEncryptionAlgorithm: ALGORITHM,
        DestinationEncryptionAlgorithm: ALGORITHM,
        SourceKeyMaterialId: source.material.id,
        DestinationKeyMaterialId: KeyMaterialId,
      };
    },
    GenerateDataKey(input) {
      const { plaintext, answer } = dataKey(input);
      return { ...answer, Plaintext: plaintext.toString("base64") };
    },
    GenerateDataKeyWithoutPlaintext: (input) => dataKey(input).answer,
    GenerateRandom(input) {
      refuse(input, "CustomKeyStoreId", "Recipient");
      const count = required(readInteger(input, "NumberOfBytes", 1, 1_024), "NumberOfBytes");
      return { Plaintext: randomBytes(count).toString("base64") };
    },
  };
}

function newest(key: KeyRecord): Material {
  const material = key.material.at(-1);
  if (material === undefined) throw new Error(`the key ${key.keyId} has no material`);
  return material;
}

function dataKeyBytes(input: Input): number {
  const spec = readText(input, "KeySpec", { most: 16, pattern: /^AES_(128|256)$/ });
  const count = readInteger(input, "NumberOfBytes", 1, 1_024);
  if ((spec === undefined) === (count === undefined)) {
    throw invalid("Please specify either number of bytes or key spec, and not both.");
  }
  return count ?? (spec === "AES_128" ? 16 : 32);
}

function checkAlgorithm(input: Input, name: string): void {
  const algorithm = readText(input, name, { most: 64 });
  if (algorithm === undefined || algorithm === ALGORITHM) return;
  throw new RequestError("InvalidKeyUsageException", `A symmetric key cannot be used with ${algorithm}.`);
}

/** A dry run of what would have succeeded ends here. */
function refuseDryRun(input: Input): void {
  if (input["DryRun"] !== true) return;
  throw new RequestError(
    "DryRunOperationException",
    "The request would have succeeded, but the DryRun option is set.",
  );
}
