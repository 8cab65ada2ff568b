import type { Call } from "../../core/call.ts";
import { checkNumber, InvalidOptionError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import { dataKeys } from "../../crypto/data-keys.ts";
import type { KeyProvider } from "../../crypto/key-provider.ts";
import type { ObjectStore } from "../../object-store/object-store.ts";
import { decrypted, encrypted } from "./envelope.ts";
import { getObject, putObject } from "./in-object.ts";
import {
  base64Length,
  decompressed,
  GZIP,
  gzipped,
  INLINE_BYTES,
  LARGEST_BYTES,
  unreadable,
} from "./in-record.ts";
import type { ResultKeeper, ResultOwner } from "./keeper.ts";
import { type Packed, toBytes, toText, unpacked } from "./packed.ts";

export interface ResultKeeperOptions {
  /** Where results go that are too large for the record: `s3ObjectStore(…)`. Default: the record, up to 350,000 bytes. */
  readonly objectStore?: ObjectStore;
  /** Gives the keys that results are encrypted with: `kmsKeyProvider(…)`. Default: not encrypted. */
  readonly keyProvider?: KeyProvider;
  /**
   * What the record keeps of a result, in bytes, before it goes into the object store; 0 puts every result there, 350,000
   * is the most. A failed condition of DynamoDB costs by the item's size. Default: 8,192.
   */
  readonly inlineBytes?: number;
  /**
   * How long a data key is used again, in milliseconds, before another is asked for: for encrypting, at most 2^20
   * times, and for decrypting; 0 asks for each result. Default: 300,000.
   */
  readonly reuseDataKeyMs?: number;
}

const WHERE = "resultKeeper";

/**
 * Keeps results that are too large or too private for the record: gzipped beyond 8 KB, then encrypted, and what is then
 * still larger than `inlineBytes` becomes an object that the record points to.
 *
 * Encrypted with AES-256-GCM under data keys of the key provider, whose encryption context is `{ operation }`, and bound
 * to the record. Errors that are remembered (`onError`) are results as well; keys are hashed anyway. A `localCache` holds
 * results in clear, in memory. Encryption keeps results from whoever may read the table; who may write it can still put
 * a result in clear there, for those of other settings are read too.
 *
 * An object is there before the record points to it. One that nothing points to (a run that lost its lease, or died) is
 * harmless: give the bucket a lifecycle rule that is longer than `rememberMs`. Where keys or objects cannot be had when
 * the work is done, the record says that it was done, and no more; a transaction is refused before anything is applied.
 *
 * Reads what it wrote under other options, and what the default keeper wrote. What it cannot read is an error,
 * `IDEMPOTENCY_RESULT_UNREADABLE`, and never a second run: an object that has expired, a provider or store that is not
 * given, a key that is not there, anything that was changed or moved to another record.
 *
 * Source of the scheme: AWS Encryption SDK Developer Guide, "Concepts" (envelope encryption, encryption context); NIST
 * SP 800-38D.
 *
 * @example
 * ```ts
 * const results = resultKeeper({
 *   objectStore: s3ObjectStore({ transport: s3Transport(new S3Client({})), bucket: "orders-results" }),
 *   keyProvider: kmsKeyProvider({ transport: kmsTransport(new KMSClient({})), keyId: "alias/results" }),
 * });
 * const post = idempotent(charge, { store, operation: "charge", key: (entry) => entry.id, results });
 * ```
 */
export function resultKeeper(options: ResultKeeperOptions = {}): ResultKeeper {
  checkOptions(WHERE, options, ["objectStore", "keyProvider", "inlineBytes", "reuseDataKeyMs"]);
  const { objectStore, keyProvider, inlineBytes = INLINE_BYTES, reuseDataKeyMs = 300_000 } = options;
  checkGiven("objectStore", objectStore, ["put", "get"]);
  checkGiven("keyProvider", keyProvider, ["generateDataKey", "encryptDataKey", "decryptDataKey"]);
  checkNumber(WHERE, "inlineBytes", inlineBytes, { min: 0, max: LARGEST_BYTES, integer: true });
  checkNumber(WHERE, "reuseDataKeyMs", reuseDataKeyMs, { min: 0 });
  const keys = keyProvider && dataKeys(keyProvider, reuseDataKeyMs);

  async function textOf(packed: Packed, of: ResultOwner, call: Call): Promise<string> {
    const text = unpacked(packed);
    if (text !== undefined) return text;
    if (keys === undefined)
      throw unreadable("it is encrypted; give resultKeeper the keyProvider that it was encrypted with");
    return decrypted(packed, of, keys, call);
  }

  return {
    async keep(text, of, call) {
      const zipped = gzipped(text, Math.min(INLINE_BYTES, inlineBytes));
      const clear = { head: zipped === undefined ? "" : GZIP, body: zipped ?? Buffer.from(text) };
      const packed = keys === undefined ? clear : await encrypted(clear, of, keys, call);
      const bytes = inlineLength(packed);
      if (objectStore !== undefined && bytes > inlineBytes) return putObject(packed, of, objectStore, call);
      return bytes <= LARGEST_BYTES ? inline(packed) : undefined;
    },
    async text(kept, of, call) {
      if (kept.startsWith("obj:")) {
        if (objectStore === undefined)
          throw unreadable("it is an object; give resultKeeper the objectStore that holds it");
        return textOf(await getObject(kept, objectStore, call), of, call);
      }
      return kept.startsWith("enc:") ? textOf(encryptedInline(kept), of, call) : decompressed(kept);
    },
  };
}

/** Bytes that the record would hold. */
function inlineLength({ head, body }: Packed): number {
  return head === "" ? body.length : head.length + base64Length(body.length);
}

function inline({ head, body }: Packed): string {
  if (head === "") return Buffer.from(body).toString();
  return head + (head === GZIP ? Buffer.from(body).toString("base64") : toText(body));
}

function encryptedInline(kept: string): Packed {
  const bodyAt = kept.lastIndexOf(".") + 1;
  const body = toBytes(kept.slice(bodyAt));
  if (body === undefined) throw unreadable("its encrypted form is damaged");
  return { head: kept.slice(0, bodyAt), body };
}

function checkGiven(option: string, value: unknown, methods: readonly string[]): void {
  if (value === undefined || methods.every((method) => typeof Object(value)[method] === "function")) return;
  throw new InvalidOptionError(WHERE, `${option} must be an object with ${methods.join(" and ")}`);
}
