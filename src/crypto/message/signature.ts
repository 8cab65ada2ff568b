import type { EncryptionContext } from "../key-provider.ts";
import type { ByteReader } from "./byte-reader.ts";
import { MessageRefusedError } from "./errors.ts";

/** Where a signed message's context has the key that verifies it. */
const PUBLIC_KEY = "aws-crypto-public-key";

/** The signature at the end of a signed message, over all before it. */
export interface Signature {
  update(bytes: Uint8Array): void;
  /** Reads the footer. Rejects with `MESSAGE_REFUSED` when it is not of these bytes. */
  verify(reader: ByteReader): Promise<void>;
}

/**
 * ECDSA over P-384 with SHA-384; the key is a compressed point, in base64.
 *
 * Source: AWS Encryption SDK Specification, "Message Footer"; SEC 1, section 2.3.3.
 */
export function signatureOf(context: EncryptionContext): Signature {
  const key = publicKey(context[PUBLIC_KEY]);
  const verifier = process.getBuiltinModule("node:crypto").createVerify("sha384");
  let isOver = false;
  return {
    update(bytes) {
      if (!isOver) verifier.update(bytes);
    },
    async verify(reader) {
      // The footer itself is not signed.
      isOver = true;
      if (!verifier.verify(key, await reader.lengthAndBytes())) {
        throw new MessageRefusedError("has a signature that is not its own");
      }
    },
  };
}

function publicKey(text: string | undefined) {
  const { createPublicKey, ECDH } = process.getBuiltinModule("node:crypto");
  try {
    const point = ECDH.convertKey(
      Buffer.from(text ?? "", "base64"),
      "secp384r1",
      undefined,
      undefined,
      "uncompressed",
    );
    const [x, y] = [Buffer.from(point).subarray(1, 49), Buffer.from(point).subarray(49)];
    return createPublicKey({
      key: { kty: "EC", crv: "P-384", x: x.toString("base64url"), y: y.toString("base64url") },
      format: "jwk",
    });
  } catch (cause) {
    throw new MessageRefusedError(`is signed, and its context has no key for that in ${PUBLIC_KEY}`, {
      cause,
    });
  }
}
