import { HoldfastError, InvalidOptionError } from "../core/errors.ts";
import { checkRequiredOptions } from "../core/options.ts";
import { IV_BYTES, open, seal, TAG_BYTES } from "./aes-gcm.ts";
import { contextText } from "./encryption-context.ts";
import { DATA_KEY_BYTES, type EncryptionContext, type KeyProvider } from "./key-provider.ts";
import { secureRandomBytes } from "./secure-random.ts";

/** A key and the name that what it encrypts knows it by. */
export interface StaticKey {
  /** 1 to 100 characters. Written beside each ciphertext, in clear. */
  readonly keyId: string;
  /** 32 bytes from a secure source, such as `openssl rand 32`: never a password. */
  readonly key: Uint8Array;
}

export interface StaticKeyOptions extends StaticKey {
  /** Keys that were used before this one: they decrypt, and encrypt no more. Default: none. */
  readonly previous?: readonly StaticKey[];
}

const WHERE = "staticKeyProvider";
const VERSION = 1;

/**
 * Wraps data keys by AES-256-GCM under a key that the program holds: for tests, and for systems without a key service.
 *
 * Whoever reads the program's memory or settings has the key; a key service says who used it, and when. Data keys are
 * wrapped with random IVs, so a key should be replaced before it has wrapped 2^32 of them (NIST SP 800-38D, 8.3): put
 * the new one first, and the old one into `previous` until nothing is left that it encrypted.
 *
 * Errors: `DATA_KEY_UNREADABLE` for another context, for changed bytes, and for a key that is not among these.
 *
 * @example
 * ```ts
 * const key = Buffer.from(process.env["RESULTS_KEY"] ?? "", "base64");
 * const keyProvider = staticKeyProvider({ keyId: "2026-11", key });
 * ```
 */
export function staticKeyProvider(options: StaticKeyOptions): KeyProvider {
  checkRequiredOptions(WHERE, options, ["keyId", "key", "previous"]);
  const { keyId, previous = [] } = options;
  if (!Array.isArray(previous))
    throw new InvalidOptionError(WHERE, "previous must be a list of { keyId, key }");
  const keys = new Map<string, Uint8Array>();
  for (const each of [options, ...previous]) {
    checkKey(each);
    if (keys.has(each.keyId)) throw new InvalidOptionError(WHERE, `two keys have the keyId "${each.keyId}"`);
    // A copy: callers may wipe theirs.
    keys.set(each.keyId, Uint8Array.from(each.key));
  }
  const newest = keys.get(keyId) as Uint8Array;

  return {
    async generateDataKey(context) {
      const plaintext = secureRandomBytes(DATA_KEY_BYTES);
      const header = headerOf(keyId);
      const { iv, tag, ciphertext } = seal(newest, plaintext, associated(header, context));
      return { plaintext, encrypted: Buffer.concat([header, iv, tag, ciphertext]) };
    },
    async decryptDataKey(encrypted, context) {
      const bytes = Buffer.from(encrypted);
      const ivAt = 2 + (bytes[1] ?? 0);
      const [tagAt, dataAt] = [ivAt + IV_BYTES, ivAt + IV_BYTES + TAG_BYTES];
      if (bytes[0] !== VERSION || bytes.length !== dataAt + DATA_KEY_BYTES)
        throw unreadable("has another form");
      const header = bytes.subarray(0, ivAt);
      const name = header.subarray(2).toString();
      const key = keys.get(name);
      if (key === undefined) throw unreadable("was encrypted with a key that is not here");
      const sealed = {
        iv: bytes.subarray(ivAt, tagAt),
        tag: bytes.subarray(tagAt, dataAt),
        ciphertext: bytes.subarray(dataAt),
      };
      const plaintext = open(key, sealed, associated(header, context));
      if (plaintext === undefined) throw unreadable("was changed, or belongs to another context or key");
      return plaintext;
    },
  };
}

/** The version, and the key's name with its length. */
function headerOf(keyId: string): Buffer {
  const name = Buffer.from(keyId);
  return Buffer.concat([Buffer.from([VERSION, name.length]), name]);
}

function associated(header: Uint8Array, context: EncryptionContext): Buffer {
  return Buffer.concat([header, Buffer.from(contextText(context))]);
}

function checkKey(given: StaticKey): void {
  const { keyId, key }: { readonly keyId?: unknown; readonly key?: unknown } = Object(given);
  if (typeof keyId !== "string" || !/^[\x20-\x7e]{1,100}$/.test(keyId)) {
    throw new InvalidOptionError(WHERE, "keyId must be a name of 1 to 100 ASCII characters");
  }
  if (!(key instanceof Uint8Array) || key.length !== DATA_KEY_BYTES) {
    throw new InvalidOptionError(WHERE, `the key "${keyId}" must be a Uint8Array of ${DATA_KEY_BYTES} bytes`);
  }
}

function unreadable(why: string): HoldfastError {
  return new HoldfastError("DATA_KEY_UNREADABLE", `staticKeyProvider: this data key ${why}.`);
}
