import type { Call } from "../../core/call.ts";
import type { ObjectStore } from "../../object-store/object-store.ts";
import { unreadable } from "./in-record.ts";
import type { ResultOwner } from "./keeper.ts";
import { type Packed, toText } from "./packed.ts";
import { failedToRead } from "./read-failure.ts";

/** What the record keeps of a body that is an object: its length, its SHA-256, its key; and then the head. */
const POINTER = /^obj:1:(\d+):([\w-]{43}):([\w./-]+):(.*)$/s;

/**
 * Puts the body into the store, under a key that no other run has and that names its content: a run may put several
 * (a transaction that is tried again with another result), and a put that was made before is the same.
 */
export async function putObject(
  { head, body }: Packed,
  of: ResultOwner,
  store: ObjectStore,
  call: Call,
): Promise<string> {
  const hash = sha256(body);
  const key = `${keyPart(of.id)}/${keyPart(of.owner)}/${hash}`;
  await store.put(key, body, call);
  return `obj:1:${body.length}:${hash}:${key}:${head}`;
}

/** @throws HoldfastError `IDEMPOTENCY_RESULT_UNREADABLE`. */
export async function getObject(pointer: string, store: ObjectStore, call: Call): Promise<Packed> {
  const [, length, hash, key, head] = POINTER.exec(pointer) ?? [];
  if (key === undefined || head === undefined) {
    throw unreadable("it is an object, told of in a form that this version does not know");
  }
  const body = await store.get(key, call).catch(failedToRead("its object cannot be fetched", call));
  if (body === undefined) {
    throw unreadable(
      `its object ${key} is gone; the bucket's lifecycle must keep objects longer than rememberMs`,
    );
  }
  if (body.length !== Number(length) || sha256(body) !== hash) {
    throw unreadable(`its object ${key} is not what was written`);
  }
  return { head, body };
}

/** What an object's key may not have becomes a full stop and four hexadecimal digits. */
function keyPart(text: string): string {
  return text.replace(/[^\w-]/g, (unit) => `.${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Not imported: the ESM facade of a built-in module costs a cold start milliseconds. */
function sha256(bytes: Uint8Array): string {
  return toText(process.getBuiltinModule("node:crypto").hash("sha256", bytes, "buffer"));
}
