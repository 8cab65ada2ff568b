import { hasCode, InvalidOptionError } from "../core/errors.ts";
import { type KeyProvider, MOST_DATA_KEYS } from "./key-provider.ts";

const WHERE = "severalKeys";

/**
 * Encrypts each data key for several providers, any one of which can decrypt it: a key in another region or account, or one in a safe.
 *
 * The first one makes the data keys. To write, all have to answer; to read, they are asked in this order until one has the key, and the error is
 * the first one's that is not `DATA_KEY_UNREADABLE`: a provider that is down does not hide behind one that has no key. Sixteen at most, which is what
 * readers try.
 *
 * @example
 * ```ts
 * const keyProvider = severalKeys(
 *   kmsKeyProvider({ transport: kmsTransport(new KMSClient({})), keyId: "alias/backups" }),
 *   kmsKeyProvider({ transport: kmsTransport(new KMSClient({ region: "eu-west-1" })), keyId: "alias/backups" }),
 * );
 * ```
 */
export function severalKeys(first: KeyProvider, ...others: readonly KeyProvider[]): KeyProvider {
  const all = [first, ...others];
  if (all.length > MOST_DATA_KEYS)
    throw new InvalidOptionError(WHERE, `it takes ${MOST_DATA_KEYS} key providers at most`);
  for (const [index, each] of all.entries()) {
    const { generateDataKey, encryptDataKey, decryptDataKey }: Partial<KeyProvider> = Object(each);
    if ([generateDataKey, encryptDataKey, decryptDataKey].some((method) => typeof method !== "function")) {
      throw new InvalidOptionError(WHERE, `argument ${index + 1} is no key provider: kmsKeyProvider({ … })`);
    }
  }
  return {
    async generateDataKey(context, call) {
      const { plaintext, encrypted } = await first.generateDataKey(context, call);
      const more = await Promise.all(others.map((each) => each.encryptDataKey(plaintext, context, call)));
      return { plaintext, encrypted: [...encrypted, ...more.flat()] };
    },
    async encryptDataKey(plaintext, context, call) {
      return (await Promise.all(all.map((each) => each.encryptDataKey(plaintext, context, call)))).flat();
    },
    async decryptDataKey(encrypted, context, call) {
      const errors: unknown[] = [];
      for (const each of all) {
        try {
          return await each.decryptDataKey(encrypted, context, call);
        } catch (error) {
          errors.push(error);
        }
      }
      throw errors.find((error) => !hasCode(error, "DATA_KEY_UNREADABLE")) ?? errors[0];
    },
  };
}
