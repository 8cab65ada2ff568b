import { secureRandomBytes } from "./secure-random.ts";

/**
 * The IV's bytes, drawn at random for each message.
 *
 * So one key may encrypt 2^32 messages at most, or two of them may get the same IV and lose everything.
 * Source: NIST SP 800-38D, section 8.3.
 */
export const IV_BYTES = 12;
export const TAG_BYTES = 16;

/** What AES-256-GCM makes of a message. */
export interface Sealed {
  readonly iv: Uint8Array;
  readonly tag: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** Encrypts a message, and authenticates it together with `associated`, which is not part of it. */
export function seal(key: Uint8Array, message: Uint8Array, associated: Uint8Array): Sealed {
  const iv = secureRandomBytes(IV_BYTES);
  const cipher = crypto().createCipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated);
  const ciphertext = Buffer.concat([cipher.update(message), cipher.final()]);
  return { iv, tag: cipher.getAuthTag(), ciphertext };
}

/** The message, or undefined when any bit of it, of `associated` or of the key is another. */
export function open(key: Uint8Array, sealed: Sealed, associated: Uint8Array): Buffer | undefined {
  const { iv, tag, ciphertext } = sealed;
  if (iv.length !== IV_BYTES || tag.length !== TAG_BYTES) return undefined;
  // Without the length a tag of four bytes would do, which is guessed in days.
  const decipher = crypto().createDecipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(associated);
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Not imported: the ESM facade of a built-in module costs a cold start milliseconds. */
function crypto() {
  return process.getBuiltinModule("node:crypto");
}
