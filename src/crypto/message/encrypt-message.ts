import { HoldfastError, InvalidOptionError } from "../../core/errors.ts";
import type { EncryptedDataKey, EncryptionContext } from "../key-provider.ts";
import { secureRandomBytes } from "../secure-random.ts";
import { FINAL, headerTag, ivOf, type Place, sealFrame } from "./frame.ts";
import { headerBytes } from "./header.ts";
import { messageKeys } from "./message-keys.ts";
import { uint32 } from "./numbers.ts";
import { COMMITTING, MESSAGE_ID_BYTES } from "./suite.ts";

export interface EncryptMessageOptions {
  /** 32 bytes. */
  readonly dataKey: Uint8Array;
  /** The same key as its providers have encrypted it: one of them is enough to read the message. */
  readonly encryptedDataKeys: readonly EncryptedDataKey[];
  readonly context: EncryptionContext;
  readonly frameBytes: number;
}

/**
 * Encrypts a stream in constant memory, as a message that every AWS Encryption SDK reads: format version 2, suite 0x0478, in frames.
 *
 * Each message has an id of its own and so keys of its own. Pieces come as they are ready; the source's are referred to until their frame
 * is full, and must not be written over.
 *
 * Source: AWS Encryption SDK Specification, "Encrypt".
 */
export async function* encryptMessage(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { dataKey, encryptedDataKeys, context, frameBytes }: EncryptMessageOptions,
): AsyncGenerator<Buffer, void, undefined> {
  checkContext(context);
  const messageId = secureRandomBytes(MESSAGE_ID_BYTES);
  const { encryption, commitment } = messageKeys(COMMITTING, dataKey, messageId);
  try {
    const header = headerBytes({
      suite: COMMITTING,
      messageId,
      context,
      encryptedDataKeys,
      frameBytes,
      commitment,
    });
    yield header;
    yield headerTag(encryption, header);
    let sequence = 0;
    let held: Uint8Array[] = [];
    let heldBytes = 0;
    for await (const given of source) {
      let piece = given;
      while (piece.length > 0) {
        // A full frame waits for another byte: without one it is the final frame.
        if (heldBytes === frameBytes) {
          sequence = nextSequence(sequence);
          yield uint32(sequence);
          yield ivOf(sequence);
          yield* sealFrame(encryption, messageId, { kind: "Frame", sequence, length: frameBytes }, held);
          held = [];
          heldBytes = 0;
        }
        const some = piece.subarray(0, frameBytes - heldBytes);
        held.push(some);
        heldBytes += some.length;
        piece = piece.subarray(some.length);
      }
    }
    sequence = nextSequence(sequence);
    const last: Place = { kind: "Final Frame", sequence, length: heldBytes };
    yield Buffer.concat([uint32(FINAL), uint32(sequence), ivOf(sequence), uint32(heldBytes)]);
    yield* sealFrame(encryption, messageId, last, held);
  } finally {
    encryption.fill(0);
  }
}

/** Names that the format keeps for itself. Source: "Encrypt", "Encryption Context". */
const RESERVED = "aws-crypto-";

function checkContext(context: EncryptionContext): void {
  const reserved = Object.keys(context).find((key) => key.startsWith(RESERVED));
  if (reserved !== undefined) {
    throw new InvalidOptionError(
      "encryptionContext",
      `"${reserved}" begins with "${RESERVED}", which the format keeps for itself`,
    );
  }
}

function nextSequence(sequence: number): number {
  if (sequence < FINAL - 1) return sequence + 1;
  throw new HoldfastError(
    "MESSAGE_TOO_LONG",
    "A message has 4,294,967,294 frames at most: use larger frames, or more messages.",
  );
}
