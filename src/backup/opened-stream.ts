import type { Call } from "../core/call.ts";
import { type EncryptionContext, type KeyProvider, MOST_DATA_KEYS } from "../crypto/key-provider.ts";
import { decryptMessage } from "../crypto/message/decrypt-message.ts";
import { BackupCorruptError } from "./errors.ts";
import { gunzipped } from "./gunzipped.ts";
import { contextOf, type Manifest } from "./manifest.ts";
import { type Digest, measuring } from "./measured.ts";
import { plaintextMac } from "./plaintext-mac.ts";

/** The writer asks for less; whoever else could write messages could make a reader hold, or ask for, as much as they liked. */
const LIMITS = { maxFrameBytes: 2 ** 20, maxEncryptedDataKeys: MOST_DATA_KEYS };

/**
 * The plaintext of a backup's ciphertext, piece by piece; at its end, at the latest, it throws when it is not exactly what was backed up. So
 * whoever publishes it does so after the end, and not before. No more is unpacked than the manifest says.
 *
 * Errors: `MESSAGE_REFUSED`; `BACKUP_CORRUPT` for what is a message, and another than the manifest's; the key provider's own.
 */
export async function* openedStream(
  ciphertext: AsyncIterable<Uint8Array>,
  manifest: Manifest,
  keyProvider: KeyProvider,
  call: Call,
): AsyncGenerator<Uint8Array, void, undefined> {
  const cipher = measuring(process.getBuiltinModule("node:crypto").createHash("sha256"));
  let mac: Digest | undefined;
  let dataKey: Uint8Array | undefined;
  const packed = decryptMessage(cipher.through(ciphertext), {
    ...LIMITS,
    async dataKeyOf(encrypted, context) {
      if (
        !isSame(context, manifest.context) ||
        !isSame(context, { ...context, ...contextOf(manifest.source) })
      )
        throw new BackupCorruptError(manifest, "is of another encryption context");
      dataKey = await keyProvider.decryptDataKey(encrypted, context, call);
      mac = plaintextMac(dataKey);
      return dataKey;
    },
  });
  try {
    let bytes = 0;
    for await (const piece of manifest.compression === "gzip" ? gunzipped(packed) : packed) {
      bytes += piece.length;
      if (bytes > manifest.plaintext.bytes)
        throw new BackupCorruptError(manifest, "holds more than was backed up");
      mac?.update(piece);
      yield piece;
    }
    if (
      cipher.measure.bytes !== manifest.ciphertext.bytes ||
      cipher.measure.digest() !== manifest.ciphertext.sha256
    ) {
      throw new BackupCorruptError(manifest, "is another object than was written");
    }
    if (bytes !== manifest.plaintext.bytes || mac?.digest("base64") !== manifest.plaintext.hmacSha256) {
      throw new BackupCorruptError(manifest, "holds something else than was backed up");
    }
  } finally {
    dataKey?.fill(0);
  }
}

function isSame(one: EncryptionContext, other: EncryptionContext): boolean {
  const [names, others] = [Object.keys(one), Object.keys(other)];
  return (
    names.length === others.length &&
    names.every((name) => Object.hasOwn(other, name) && one[name] === other[name])
  );
}
