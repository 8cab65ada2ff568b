import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { RequestError } from "../process/request-error.ts";
import { contextBytes, type EncryptionContext } from "./encryption-context.ts";

/** Key material: AES-256, and what the ciphertexts made with it name it by. */
export interface Material {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** What a ciphertext says in clear. */
export interface Header {
  readonly keyId: string;
  readonly materialId: string;
}

const MAGIC = Buffer.from("LKM1");
const MATERIAL_ID_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

export function makeMaterial(): Material {
  return { id: randomBytes(MATERIAL_ID_BYTES).toString("hex"), bytes: randomBytes(32) };
}

/**
 * AES-256-GCM. The blob is the magic, the key id with its length, the material's id, the IV, the tag and the data;
 * header and context are authenticated with the data.
 */
export function seal(
  keyId: string,
  material: Material,
  plaintext: Buffer,
  context: EncryptionContext,
): Buffer {
  const name = Buffer.from(keyId, "utf8");
  const header = Buffer.concat([MAGIC, Buffer.from([name.length]), name, Buffer.from(material.id, "hex")]);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", material.bytes, iv);
  cipher.setAAD(Buffer.concat([header, contextBytes(context)]));
  const data = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([header, iv, cipher.getAuthTag(), data]);
}

/** @throws RequestError (InvalidCiphertextException) for bytes that no `seal` can have made. */
export function readHeader(blob: Buffer): Header {
  const { keyId, materialId } = split(blob);
  return { keyId, materialId };
}

/** @throws RequestError (InvalidCiphertextException) for another context or material, or when any bit was changed. */
export function open(material: Material, blob: Buffer, context: EncryptionContext): Buffer {
  const { header, iv, tag, data } = split(blob);
  const decipher = createDecipheriv("aes-256-gcm", material.bytes, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.concat([header, contextBytes(context)]));
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(data), decipher.final()]);
  } catch {
    throw invalidCiphertext();
  }
}

function split(blob: Buffer) {
  const nameAt = MAGIC.length + 1;
  const nameLength = blob[MAGIC.length] ?? 0;
  const ivAt = nameAt + nameLength + MATERIAL_ID_BYTES;
  const dataAt = ivAt + IV_BYTES + TAG_BYTES;
  if (!blob.subarray(0, MAGIC.length).equals(MAGIC) || blob.length <= dataAt) throw invalidCiphertext();
  return {
    header: blob.subarray(0, ivAt),
    keyId: blob.subarray(nameAt, nameAt + nameLength).toString("utf8"),
    materialId: blob.subarray(nameAt + nameLength, ivAt).toString("hex"),
    iv: blob.subarray(ivAt, ivAt + IV_BYTES),
    tag: blob.subarray(ivAt + IV_BYTES, dataAt),
    data: blob.subarray(dataAt),
  };
}

/** AWS says no more than this, so that nobody learns from it. */
export function invalidCiphertext(): RequestError {
  return new RequestError("InvalidCiphertextException", "The ciphertext is not valid.");
}
