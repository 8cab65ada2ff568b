import { HoldfastError, InvalidOptionError } from "../core/errors.ts";
import { checkRequiredOptions } from "../core/options.ts";
import { IV_BYTES, open, seal, TAG_BYTES } from "./aes-gcm.ts";
import {
  DATA_KEY_BYTES,
  type EncryptedDataKey,
  type EncryptionContext,
  type KeyProvider,
} from "./key-provider.ts";
import { contextBytes } from "./message/context-bytes.ts";
import { uint32 } from "./message/numbers.ts";
import { secureRandomBytes } from "./secure-random.ts";

/** A key and the name that what it encrypts knows it by. */
export interface StaticKey {
  /** 1 to 100 characters. Written beside each ciphertext, in clear. */
  readonly keyId: string;
  /** 32 bytes from a secure source, such as `openssl rand 32`: never a password. */
  readonly key: Uint8Array;
}

export interface StaticKeyOptions extends StaticKey {
  /** The key name space, by which other AWS Encryption SDKs know these keys (raw AES keyring). Default: "holdfast". */
  readonly keyNamespace?: string;
  /** Keys that were used before this one: they decrypt, and encrypt no more. Default: none. */
  readonly previous?: readonly StaticKey[];
}

const WHERE = "staticKeyProvider";

/**
 * Wraps data keys by AES-256-GCM under a key that the program holds: for tests, and for systems without a key service.
 *
 * Whoever reads the program's memory or settings has the key; a key service says who used it, and when. Data keys are
 * wrapped with random IVs, so a key should be replaced before it has wrapped 2^32 of them (NIST SP 800-38D, 8.3): put
 * the new one first, and the old one into `previous` until nothing is left that it encrypted. Other AWS Encryption SDKs read what it wraps
 * by their raw AES keyring (256 bits, key name `keyId`); the one for JavaScript needs `utf8Sorting: true` for it, or it reads and writes contexts
 * only whose names happen to stand in the order of the format. Source: AWS Encryption SDK Specification, "Raw AES Keyring".
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
  checkRequiredOptions(WHERE, options, ["keyId", "key", "keyNamespace", "previous"]);
  const { keyId, keyNamespace = "holdfast", previous = [] } = options;
  if (typeof keyNamespace !== "string" || !NAME.test(keyNamespace) || keyNamespace.startsWith("aws-kms")) {
    throw new InvalidOptionError(
      WHERE,
      'keyNamespace must be 1 to 100 ASCII characters, and not begin with "aws-kms"',
    );
  }
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

  function wrapped(plaintext: Uint8Array, context: EncryptionContext): EncryptedDataKey {
    const { iv, tag, ciphertext } = seal(newest, plaintext, contextBytes(context));
    const providerInfo = Buffer.concat([startOfInfo(keyId), iv]);
    return { providerId: keyNamespace, providerInfo, ciphertext: Buffer.concat([ciphertext, tag]) };
  }

  /** The key of ours that has the name in here. */
  function keyOf({ providerId, providerInfo }: EncryptedDataKey): Uint8Array | undefined {
    const start = Buffer.from(providerInfo).subarray(0, -IV_BYTES);
    const keyName = start.subarray(0, -LENGTHS.length).toString();
    const isOurs = providerId === keyNamespace && start.equals(startOfInfo(keyName));
    return isOurs ? keys.get(keyName) : undefined;
  }

  return {
    async generateDataKey(context) {
      const plaintext = secureRandomBytes(DATA_KEY_BYTES);
      return { plaintext, encrypted: [wrapped(plaintext, context)] };
    },
    encryptDataKey: async (plaintext, context) => [wrapped(plaintext, context)],
    async decryptDataKey(encrypted, context) {
      let why = "was encrypted with a key that is not here";
      for (const each of encrypted) {
        const key = keyOf(each);
        if (key === undefined) continue;
        const plaintext = unwrapped(key, each, context);
        if (plaintext !== undefined) return plaintext;
        // The next copy may be ours all the same: others have keys by the same name.
        why = "was changed, or belongs to another context or key";
      }
      throw unreadable(why);
    },
  };
}

/** The data key, or undefined when any bit of it, of the context or of the key is another. */
function unwrapped(
  key: Uint8Array,
  { providerInfo, ciphertext }: EncryptedDataKey,
  context: EncryptionContext,
): Uint8Array | undefined {
  const iv = providerInfo.subarray(-IV_BYTES);
  const [bytes, tag] = [ciphertext.subarray(0, -TAG_BYTES), ciphertext.subarray(-TAG_BYTES)];
  const plaintext = open(key, { iv, tag, ciphertext: bytes }, contextBytes(context));
  return plaintext?.length === DATA_KEY_BYTES ? plaintext : undefined;
}

/** How many bits a tag has and how many bytes an IV, as other keyrings may choose otherwise. */
const LENGTHS = Buffer.concat([uint32(8 * TAG_BYTES), uint32(IV_BYTES)]);

/** What says which key it was, and how; the IV comes behind it. */
function startOfInfo(keyId: string): Buffer {
  return Buffer.concat([Buffer.from(keyId), LENGTHS]);
}

const NAME = /^[\x20-\x7e]{1,100}$/;

function checkKey(given: StaticKey): void {
  const { keyId, key }: { readonly keyId?: unknown; readonly key?: unknown } = Object(given);
  if (typeof keyId !== "string" || !NAME.test(keyId)) {
    throw new InvalidOptionError(WHERE, "keyId must be a name of 1 to 100 ASCII characters");
  }
  if (!(key instanceof Uint8Array) || key.length !== DATA_KEY_BYTES) {
    throw new InvalidOptionError(WHERE, `the key "${keyId}" must be a Uint8Array of ${DATA_KEY_BYTES} bytes`);
  }
}

function unreadable(why: string): HoldfastError {
  return new HoldfastError("DATA_KEY_UNREADABLE", `staticKeyProvider: this data key ${why}.`);
}
