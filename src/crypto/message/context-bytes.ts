import { HoldfastError } from "../../core/errors.ts";
import type { EncryptionContext } from "../key-provider.ts";
import type { ByteReader } from "./byte-reader.ts";
import { MessageRefusedError } from "./errors.ts";
import { lengthAndBytes, uint16 } from "./numbers.ts";

/** What a length of two bytes can say, for one text and for all of them together. */
const MOST_BYTES = 0xff_ff;

/**
 * An encryption context as bytes: sorted by the bytes of its keys, so that equal contexts are equal bytes. Empty for an empty one.
 *
 * Source: AWS Encryption SDK Specification, "Structures", "Encryption Context", "Serialization".
 *
 * @throws HoldfastError `ENCRYPTION_CONTEXT_TOO_LARGE` for 64 KiB and more.
 */
export function contextBytes(context: EncryptionContext): Buffer {
  const pairs = Object.entries(context).map(
    ([key, value]) => [Buffer.from(key), Buffer.from(value)] as const,
  );
  if (pairs.length === 0) return Buffer.alloc(0);
  pairs.sort(([a], [b]) => Buffer.compare(a, b));
  const length = pairs.reduce((sum, [key, value]) => sum + 4 + key.length + value.length, 2);
  if (length > MOST_BYTES) {
    throw new HoldfastError(
      "ENCRYPTION_CONTEXT_TOO_LARGE",
      `An encryption context of ${length} bytes does not fit a message, which takes ${MOST_BYTES}. Name things in it; keep data out of it.`,
    );
  }
  return Buffer.concat([uint16(pairs.length), ...pairs.flatMap((pair) => pair.flatMap(lengthAndBytes))]);
}

/** Reads what `contextBytes` has written, behind its length. A key that comes twice is refused; others' writers sort otherwise. */
export async function readContext(reader: ByteReader): Promise<EncryptionContext> {
  const context = Object.create(null) as Record<string, string>;
  const length = await reader.uint16();
  if (length === 0) return context;
  const end = reader.position + length;
  const count = await reader.uint16();
  for (let index = 0; index < count; index += 1) {
    const key = text(await reader.lengthAndBytes());
    if (Object.hasOwn(context, key)) throw wrong("has a key twice");
    context[key] = text(await reader.lengthAndBytes());
    if (reader.position > end) break;
  }
  if (count === 0 || reader.position !== end) throw wrong("is not as long as it says");
  return context;
}

function text(bytes: Buffer): string {
  const read = bytes.toString();
  if (!Buffer.from(read).equals(bytes)) throw wrong("is not UTF-8");
  return read;
}

function wrong(how: string): MessageRefusedError {
  return new MessageRefusedError(`has an encryption context which ${how}`);
}
