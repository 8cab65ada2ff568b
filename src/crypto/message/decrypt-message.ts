import { IV_BYTES, TAG_BYTES } from "../aes-gcm.ts";
import type { EncryptedDataKey, EncryptionContext } from "../key-provider.ts";
import { type ByteReader, byteReader } from "./byte-reader.ts";
import { MessageRefusedError } from "./errors.ts";
import { FINAL, openFrame, type PieceKind, verifyHeader } from "./frame.ts";
import { type MessageKeys, messageKeys } from "./message-keys.ts";
import { type MessageLimits, readHeader } from "./read-header.ts";
import { type Signature, signatureOf } from "./signature.ts";

export interface DecryptMessageOptions extends MessageLimits {
  /** Gives the data key, or rejects: for a context that is not expected as well. What it is shown is not authenticated yet. */
  readonly dataKeyOf: (
    encryptedDataKeys: readonly EncryptedDataKey[],
    context: EncryptionContext,
  ) => Promise<Uint8Array>;
}

/**
 * Decrypts a message of the AWS Encryption SDK, format version 2, in constant memory. Each piece that comes was authenticated; but only
 * when the last one has come, and no error, was the message whole. Publish nothing before.
 *
 * Source: AWS Encryption SDK Specification, "Decrypt".
 *
 * @throws MessageRefusedError (`MESSAGE_REFUSED`) for anything else than exactly one whole message.
 */
export async function* decryptMessage(
  source: AsyncIterable<Uint8Array>,
  { dataKeyOf, ...limits }: DecryptMessageOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let keys: MessageKeys | undefined;
  try {
    let signature: Signature | undefined;
    let begun: Buffer[] | undefined = [];
    const reader = byteReader(iterator, (bytes) => {
      if (begun === undefined) signature?.update(bytes);
      else begun.push(bytes);
    });
    const { suite, messageId, context, encryptedDataKeys, frameBytes, commitment } = await readHeader(
      reader,
      limits,
    );
    const header = Buffer.concat(begun);
    const dataKey = await dataKeyOf(encryptedDataKeys, context);
    keys = messageKeys(suite, dataKey, messageId);
    const { timingSafeEqual } = process.getBuiltinModule("node:crypto");
    if (!timingSafeEqual(keys.commitment, commitment)) {
      throw new MessageRefusedError("was encrypted under another data key than the one in its header");
    }
    verifyHeader(keys.encryption, header, await reader.take(TAG_BYTES));
    if (suite.isSigned) signature = signatureOf(context);
    for (const bytes of begun) signature?.update(bytes);
    begun = undefined;
    const body = { key: keys.encryption, messageId, reader };
    const last = frameBytes === undefined ? await singleBlock(body, limits) : yield* frames(body, frameBytes);
    if (signature !== undefined) await signature.verify(reader);
    await reader.end();
    if (last.length > 0) yield last;
  } finally {
    keys?.encryption.fill(0);
    await iterator.return?.();
  }
}

interface Body {
  readonly key: Uint8Array;
  readonly messageId: Uint8Array;
  readonly reader: ByteReader;
}

/** Yields all frames but the final one, and returns that. Source: "Message Body", "Framed Data". */
async function* frames(body: Body, frameBytes: number): AsyncGenerator<Buffer, Buffer, undefined> {
  const { reader } = body;
  for (let sequence = 1; ; sequence += 1) {
    const given = await reader.uint32();
    if (given === FINAL) {
      if ((await reader.uint32()) !== sequence) throw new MessageRefusedError(`lacks its frame ${sequence}`);
      return openNext(body, "Final Frame", sequence, async () =>
        checkedLength(await reader.uint32(), frameBytes),
      );
    }
    if (given !== sequence) throw new MessageRefusedError(`lacks its frame ${sequence}`);
    yield await openNext(body, "Frame", sequence, async () => frameBytes);
  }
}

/** Source: "Message Body", "Non-Framed Data". All of it is held, so it may be no longer than a frame. */
async function singleBlock(body: Body, { maxFrameBytes }: MessageLimits): Promise<Buffer> {
  const { reader } = body;
  return openNext(body, "Single Block", 1, async () => {
    const [high, low] = [await reader.uint32(), await reader.uint32()];
    return checkedLength(high * 2 ** 32 + low, maxFrameBytes);
  });
}

async function openNext(
  { key, messageId, reader }: Body,
  kind: PieceKind,
  sequence: number,
  lengthOf: () => Promise<number>,
): Promise<Buffer> {
  // Other writers choose other IVs than the number, which is authenticated all the same.
  const iv = await reader.take(IV_BYTES);
  const length = await lengthOf();
  const ciphertext = await reader.take(length);
  return openFrame(
    key,
    messageId,
    { kind, sequence, length },
    { iv, ciphertext, tag: await reader.take(TAG_BYTES) },
  );
}

function checkedLength(length: number, most: number): number {
  if (length <= most) return length;
  throw new MessageRefusedError(`has ${length} bytes in one piece, and ${most} are allowed`);
}
