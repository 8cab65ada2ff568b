import type { EncryptedDataKey, EncryptionContext } from "../key-provider.ts";
import { contextBytes } from "./context-bytes.ts";
import { encryptedDataKeysBytes } from "./encrypted-data-key.ts";
import { lengthAndBytes, uint16, uint32 } from "./numbers.ts";
import { FRAMED, type Suite, VERSION } from "./suite.ts";

/** What stands before a message's body. */
export interface Header {
  readonly suite: Suite;
  readonly messageId: Uint8Array;
  readonly context: EncryptionContext;
  readonly encryptedDataKeys: readonly EncryptedDataKey[];
  /** Bytes of each frame but the last; undefined when the body is one piece. */
  readonly frameBytes: number | undefined;
  readonly commitment: Uint8Array;
}

/**
 * The header of a message in frames, as it is authenticated.
 *
 * Source: AWS Encryption SDK Specification, "Message Header", "Header Body Version 2.0".
 */
export function headerBytes(header: Header & { readonly frameBytes: number }): Buffer {
  const { suite, messageId, context, encryptedDataKeys, frameBytes, commitment } = header;
  const aad = contextBytes(context);
  return Buffer.concat([
    Buffer.from([VERSION]),
    uint16(suite.id),
    messageId,
    ...lengthAndBytes(aad),
    encryptedDataKeysBytes(encryptedDataKeys),
    Buffer.from([FRAMED]),
    uint32(frameBytes),
    commitment,
  ]);
}
