import { IV_BYTES, TAG_BYTES } from "../aes-gcm.ts";
import { MessageRefusedError } from "./errors.ts";
import { uint32 } from "./numbers.ts";

/** What is authenticated with a piece of the body, so that no piece can stand for another. */
export type PieceKind = "Frame" | "Final Frame" | "Single Block";

/** A place in a message's body. */
export interface Place {
  readonly kind: PieceKind;
  /** From 1. */
  readonly sequence: number;
  /** Bytes of the content. */
  readonly length: number;
}

/** No sequence number: the last frame is announced by it, and a longer message would need it. */
export const FINAL = 0xff_ff_ff_ff;

/** The IV of a frame is its number, for no two frames of a message have the same, and no two messages a key. 0 is the header's. */
export function ivOf(sequence: number): Buffer {
  const iv = Buffer.alloc(IV_BYTES);
  iv.writeUInt32BE(sequence, IV_BYTES - 4);
  return iv;
}

/** Source: AWS Encryption SDK Specification, "Message Body AAD". */
function associated(messageId: Uint8Array, { kind, sequence, length }: Place): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return Buffer.concat([messageId, Buffer.from(`AWSKMSEncryptionClient ${kind}`), uint32(sequence), bytes]);
}

/** Encrypts the pieces of one frame, without putting them together before. Gives ciphertexts and, last, the tag. */
export function sealFrame(
  key: Uint8Array,
  messageId: Uint8Array,
  place: Place,
  content: readonly Uint8Array[],
): Buffer[] {
  const cipher = cryptoModule().createCipheriv("aes-256-gcm", key, ivOf(place.sequence), {
    authTagLength: TAG_BYTES,
  });
  cipher.setAAD(associated(messageId, place));
  const sealed = content.map((piece) => cipher.update(piece));
  cipher.final();
  sealed.push(cipher.getAuthTag());
  return sealed;
}

/** @throws MessageRefusedError when any bit of it, of its place or of its message is another. */
export function openFrame(
  key: Uint8Array,
  messageId: Uint8Array,
  place: Place,
  {
    iv,
    ciphertext,
    tag,
  }: { readonly iv: Uint8Array; readonly ciphertext: Uint8Array; readonly tag: Uint8Array },
): Buffer {
  // Without the length a tag of four bytes would do, which is guessed in days.
  const decipher = cryptoModule().createDecipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(associated(messageId, place));
  decipher.setAuthTag(tag);
  const content = decipher.update(ciphertext);
  return authentic(decipher, `was changed in its frame ${place.sequence}`, content);
}

/** The tag over a header, which has no content. Its IV is 0. Source: "Encrypt", "Construct the header". */
export function headerTag(key: Uint8Array, header: Uint8Array): Buffer {
  const cipher = cryptoModule().createCipheriv("aes-256-gcm", key, ivOf(0), { authTagLength: TAG_BYTES });
  cipher.setAAD(header);
  cipher.final();
  return cipher.getAuthTag();
}

/** @throws MessageRefusedError. */
export function verifyHeader(key: Uint8Array, header: Uint8Array, tag: Uint8Array): void {
  const decipher = cryptoModule().createDecipheriv("aes-256-gcm", key, ivOf(0), { authTagLength: TAG_BYTES });
  decipher.setAAD(header);
  decipher.setAuthTag(tag);
  authentic(decipher, "was changed in its header", undefined);
}

function authentic<T>(decipher: { final(): unknown }, otherwise: string, content: T): T {
  try {
    decipher.final();
  } catch (cause) {
    throw new MessageRefusedError(otherwise, { cause });
  }
  return content;
}

/** Not imported: the ESM facade of a built-in module costs a cold start milliseconds. */
function cryptoModule() {
  return process.getBuiltinModule("node:crypto");
}
