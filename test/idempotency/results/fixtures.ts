import { randomBytes } from "node:crypto";
import { rootCall } from "holdfast";
import { type KeyProvider, staticKeyProvider } from "holdfast/crypto";
import type { ResultOwner } from "holdfast/idempotency";

export const call = rootCall();
export const of: ResultOwner = { id: "charge#Wf8-x", owner: "run-1" };

export const newKeyProvider = (): KeyProvider => staticKeyProvider({ keyId: "a", key: randomBytes(32) });

/** JSON text of so many bytes that gzip and base64 together do not shorten. */
export const incompressible = (bytes: number): string =>
  JSON.stringify(
    randomBytes(bytes)
      .toString("base64")
      .slice(0, bytes - 2),
  );
/** JSON text of so many bytes that gzip makes small. */
export const compressible = (bytes: number): string => JSON.stringify("x".repeat(bytes - 2));

/** Every provider's requests, counted. */
export function counted(inner: KeyProvider) {
  const requests: string[] = [];
  const provider: KeyProvider = {
    generateDataKey(context, given) {
      requests.push(`generate for ${context["operation"]}`);
      return inner.generateDataKey(context, given);
    },
    encryptDataKey: (...given) => inner.encryptDataKey(...given),
    decryptDataKey(encrypted, context, given) {
      requests.push(`decrypt for ${context["operation"]}`);
      return inner.decryptDataKey(encrypted, context, given);
    },
  };
  return { requests, provider };
}
