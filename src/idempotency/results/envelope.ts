import type { Call } from "../../core/call.ts";
import { open, seal } from "../../crypto/aes-gcm.ts";
import type { DataKeys } from "../../crypto/data-keys.ts";
import { type EncryptedDataKey, MOST_DATA_KEYS } from "../../crypto/key-provider.ts";
import { byteReader, piecesOf } from "../../crypto/message/byte-reader.ts";
import { encryptedDataKeysBytes, readEncryptedDataKeys } from "../../crypto/message/encrypted-data-key.ts";
import { operationOf } from "../key.ts";
import { GZIP, gunzipped, unreadable } from "./in-record.ts";
import type { ResultOwner } from "./keeper.ts";
import { type Packed, toBytes, toText } from "./packed.ts";
import { failedToRead } from "./read-failure.ts";

/**
 * The head of what is encrypted: `enc:1.<data key, encrypted>.<IV>.<tag>.`, each base64url; `enc:1z.` for what was
 * gzipped before.
 */
const HEAD = /^(enc:1z?)\.([\w-]+)\.([\w-]+)\.([\w-]+)\.$/;

/** Encrypts a body for one record: AES-256-GCM under a data key. */
export async function encrypted(
  packed: Packed,
  of: ResultOwner,
  keys: DataKeys,
  call: Call,
): Promise<Packed> {
  const key = await keys.forEncryption(contextOf(of), call);
  const start = `enc:1${packed.head === GZIP ? "z" : ""}.${toText(encryptedDataKeysBytes(key.encrypted))}.`;
  const { iv, tag, ciphertext } = seal(key.plaintext, packed.body, associated(start, of));
  return { head: `${start}${toText(iv)}.${toText(tag)}.`, body: ciphertext };
}

/** @throws HoldfastError `IDEMPOTENCY_RESULT_UNREADABLE`. */
export async function decrypted(
  { head, body }: Packed,
  of: ResultOwner,
  keys: DataKeys,
  call: Call,
): Promise<string> {
  const [, form, ...pieces] = HEAD.exec(head) ?? [];
  const [encryptedKey, iv, tag] = pieces.map(toBytes);
  if (form === undefined || encryptedKey === undefined || iv === undefined || tag === undefined) {
    throw unreadable("it is encrypted in a form that this version does not know");
  }
  const key = await dataKeysIn(encryptedKey)
    .then((encryptedKeys) => keys.forDecryption(encryptedKeys, contextOf(of), call))
    .catch(failedToRead("its data key cannot be decrypted", call));
  const start = `${form}.${pieces[0]}.`;
  const bytes = open(key, { iv, tag, ciphertext: body }, associated(start, of));
  if (bytes === undefined) throw unreadable("it was changed, or belongs to another record");
  return form.endsWith("z") ? gunzipped(bytes) : bytes.toString();
}

async function dataKeysIn(bytes: Uint8Array): Promise<readonly EncryptedDataKey[]> {
  const reader = byteReader(piecesOf([bytes]));
  const found = await readEncryptedDataKeys(reader, MOST_DATA_KEYS);
  await reader.end();
  return found;
}

/** In clear in the audit log of whoever gives the keys, and what permissions may be limited by. */
function contextOf({ id }: ResultOwner) {
  return { operation: operationOf(id) };
}

/**
 * The format and the record, authenticated with the result: moved to another record it is refused. The run is not named,
 * for a record that someone settles changes its owner.
 */
function associated(start: string, { id }: ResultOwner): Buffer {
  return Buffer.from(start + id);
}
