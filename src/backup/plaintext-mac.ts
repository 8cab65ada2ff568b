import type { Digest } from "./measured.ts";

/**
 * What a plaintext is recognised by, and only by who has its data key: a plain hash would tell everyone who sees the manifest whether
 * a file that they have is the one that was backed up.
 *
 * HMAC with SHA-256 under a key of its own, derived from the data key. Source: RFC 2104; RFC 5869.
 */
export function plaintextMac(dataKey: Uint8Array): Digest {
  const { createHmac, hkdfSync } = process.getBuiltinModule("node:crypto");
  const key = hkdfSync("sha256", dataKey, Buffer.alloc(0), "holdfast backup plaintext", 32);
  return createHmac("sha256", Buffer.from(key));
}
