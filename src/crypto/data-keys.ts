import { type Call, runtimeOf } from "../core/call.ts";
import { contextText } from "./encryption-context.ts";
import type { DataKey, EncryptedDataKey, EncryptionContext, KeyProvider } from "./key-provider.ts";
import { encryptedDataKeysBytes } from "./message/encrypted-data-key.ts";

/**
 * Messages that one data key encrypts at most. Random IVs of 96 bits allow 2^32 (NIST SP 800-38D, section 8.3); after
 * 2^20 the chance that any two were the same is still below 2^-56.
 */
const MOST_MESSAGES = 2 ** 20;
/** Of each kind. A key and its names take some 500 bytes. */
const MOST_KEYS = 1_000;

/** Data keys that this process remembers for a while, so that not every message costs a request. */
export interface DataKeys {
  /** A key for one more message. */
  forEncryption(context: EncryptionContext, call: Call): Promise<DataKey>;
  forDecryption(
    encrypted: readonly EncryptedDataKey[],
    context: EncryptionContext,
    call: Call,
  ): Promise<Uint8Array>;
}

/**
 * Asks a provider for data keys, and again once they are `reuseMs` old on the call's clock; 0: for each message.
 *
 * Calls that find no key at the same moment ask each for one of their own: none waits for a request that another
 * call's deadline may cut off.
 */
export function dataKeys(provider: KeyProvider, reuseMs: number): DataKeys {
  const inUse = remembered<{ readonly key: DataKey; messages: number }>(reuseMs);
  const known = remembered<Uint8Array>(reuseMs);
  const nameOf = (encrypted: readonly EncryptedDataKey[], context: string): string =>
    `${encryptedDataKeysBytes(encrypted).toString("base64")} ${context}`;

  return {
    async forEncryption(context, call) {
      const name = contextText(context);
      const { now } = runtimeOf(call);
      const found = inUse.get(name, now());
      if (found !== undefined && found.messages < MOST_MESSAGES) {
        found.messages += 1;
        return found.key;
      }
      const key = await provider.generateDataKey(context, call);
      inUse.set(name, { key, messages: 1 }, now());
      known.set(nameOf(key.encrypted, name), key.plaintext, now());
      return key;
    },
    async forDecryption(encrypted, context, call) {
      const name = nameOf(encrypted, contextText(context));
      const { now } = runtimeOf(call);
      const found = known.get(name, now());
      if (found !== undefined) return found;
      const plaintext = await provider.decryptDataKey(encrypted, context, call);
      known.set(name, plaintext, now());
      return plaintext;
    },
  };
}

/** Values that are no older than so much; beyond their number, those that were set first are forgotten. */
function remembered<V>(maxAgeMs: number) {
  const entries = new Map<string, { readonly value: V; readonly sinceMs: number }>();
  return {
    get(name: string, nowMs: number): V | undefined {
      const entry = entries.get(name);
      if (entry === undefined) return undefined;
      const ageMs = nowMs - entry.sinceMs;
      // A clock that was set back says nothing of an age.
      if (ageMs >= 0 && ageMs < maxAgeMs) return entry.value;
      entries.delete(name);
      return undefined;
    },
    set(name: string, value: V, nowMs: number): void {
      if (maxAgeMs === 0) return;
      entries.delete(name);
      entries.set(name, { value, sinceMs: nowMs });
      for (const oldest of entries.keys()) {
        if (entries.size <= MOST_KEYS) return;
        entries.delete(oldest);
      }
    },
  };
}
