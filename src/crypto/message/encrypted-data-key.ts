import type { EncryptedDataKey } from "../key-provider.ts";
import type { ByteReader } from "./byte-reader.ts";
import { MessageRefusedError } from "./errors.ts";
import { lengthAndBytes, uint16 } from "./numbers.ts";

/** Encrypted data keys as bytes. Source: AWS Encryption SDK Specification, "Message Header", "Encrypted Data Keys". */
export function encryptedDataKeysBytes(keys: readonly EncryptedDataKey[]): Buffer {
  const entries = keys.flatMap(({ providerId, providerInfo, ciphertext }) =>
    [Buffer.from(providerId), providerInfo, ciphertext].flatMap(lengthAndBytes),
  );
  return Buffer.concat([uint16(keys.length), ...entries]);
}

/** Reads what `encryptedDataKeysBytes` has written. Refuses more than so many before it reads them. */
export async function readEncryptedDataKeys(
  reader: ByteReader,
  most: number,
): Promise<readonly EncryptedDataKey[]> {
  const count = await reader.uint16();
  if (count === 0) throw new MessageRefusedError("has no data key");
  if (count > most) {
    throw new MessageRefusedError(`has ${count} data keys, and ${most} are allowed (maxEncryptedDataKeys)`);
  }
  const keys: EncryptedDataKey[] = [];
  while (keys.length < count) {
    const providerId = (await reader.lengthAndBytes()).toString();
    const providerInfo = await reader.lengthAndBytes();
    keys.push({ providerId, providerInfo, ciphertext: await reader.lengthAndBytes() });
  }
  return keys;
}
