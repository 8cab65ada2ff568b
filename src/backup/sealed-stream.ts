import type { DataKey, EncryptionContext } from "../crypto/key-provider.ts";
import { encryptMessage } from "../crypto/message/encrypt-message.ts";
import { type GzipOptions, gzipMembers } from "./gzip-members.ts";
import type { Manifest } from "./manifest.ts";
import { measuring } from "./measured.ts";
import { plaintextMac } from "./plaintext-mac.ts";

export interface SealingOptions {
  readonly dataKey: DataKey;
  readonly context: EncryptionContext;
  readonly gzip: GzipOptions | "none";
  readonly frameBytes: number;
}

export interface SealedStream {
  readonly stream: AsyncIterable<Uint8Array>;
  /** Once the stream has ended. */
  measures(): Measures;
}

/** What of a manifest the stream alone tells. */
export interface Measures {
  readonly plaintext: Manifest["plaintext"];
  readonly ciphertext: { readonly bytes: number; readonly sha256: string };
}

/** A plaintext on its way into a backup: compressed, encrypted, and measured on both sides. */
export function sealedStream(
  source: AsyncIterable<Uint8Array>,
  { dataKey, context, gzip, frameBytes }: SealingOptions,
): SealedStream {
  const { createHash } = process.getBuiltinModule("node:crypto");
  const plain = measuring(plaintextMac(dataKey.plaintext));
  const cipher = measuring(createHash("sha256"));
  const measured = plain.through(source);
  const message = encryptMessage(gzip === "none" ? measured : gzipMembers(measured, gzip), {
    dataKey: dataKey.plaintext,
    encryptedDataKeys: dataKey.encrypted,
    context,
    frameBytes,
  });
  return {
    stream: cipher.through(message),
    measures: () => ({
      plaintext: { bytes: plain.measure.bytes, hmacSha256: plain.measure.digest() },
      ciphertext: { bytes: cipher.measure.bytes, sha256: cipher.measure.digest() },
    }),
  };
}
