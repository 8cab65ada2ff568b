import type { AwsTransport } from "../aws/transport.ts";
import { checkNumber, InvalidOptionError } from "../core/errors.ts";
import { checkOptions, checkRequiredOptions } from "../core/options.ts";
import type { KeyProvider } from "../crypto/key-provider.ts";
import type { GzipOptions } from "./gzip-members.ts";

/** Where backups are, and who can read them. */
export interface BackupPlace {
  /** `s3Transport(client)` of `holdfast/aws/s3`. */
  readonly transport: AwsTransport;
  readonly bucket: string;
  /** Goes before every key: `backups/`. Default: none. */
  readonly prefix?: string;
  /** `kmsKeyProvider(…)`; several with `severalKeys`. */
  readonly keyProvider: KeyProvider;
}

export interface BackupWriterOptions extends BackupPlace {
  /** How to compress: gzip level, 1 to 9, or "none" for what is compressed already. Default: 6. */
  readonly compression?: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | "none";
  /** Bytes of the plaintext in each gzip member. Default: 1 MiB. */
  readonly memberBytes?: number;
  /** Gzip members that are compressed at once. Default: 4, as many as the pool has threads. */
  readonly compressions?: number;
  /** Bytes of a part; times 10,000 it is the largest backup. Default: 8 MiB, for 80 GB. */
  readonly partBytes?: number;
  /** Parts under way at once. Default: 4. */
  readonly concurrency?: number;
  /** What else S3 is told of the object: `{ StorageClass: "GLACIER_IR" }`, `{ Tagging: "…" }`. Default: nothing. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Milliseconds of the call that are kept for taking back what did not come to its end. Default: 2,000. */
  readonly abortReserveMs?: number;
}

/** The same, checked, with its defaults. */
export interface WriterSettings {
  readonly gzip: GzipOptions | "none";
  readonly partBytes: number;
  readonly concurrency: number;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly abortReserveMs: number;
}

const MIB = 2 ** 20;
export const PLACE: readonly string[] = ["transport", "bucket", "prefix", "keyProvider"];

/** Refuses a wrong place where it is given. */
export function checkPlace(
  where: string,
  { transport, bucket, prefix = "", keyProvider }: BackupPlace,
): void {
  if (typeof transport?.call !== "function") {
    throw new InvalidOptionError(where, "transport must be made by s3Transport(client)");
  }
  if (typeof bucket !== "string" || bucket === "")
    throw new InvalidOptionError(where, "bucket must be a name");
  if (typeof prefix !== "string" || prefix.length > 100) {
    throw new InvalidOptionError(where, "prefix must be a text of 100 characters at most");
  }
  if (
    typeof keyProvider?.generateDataKey !== "function" ||
    typeof keyProvider.decryptDataKey !== "function"
  ) {
    throw new InvalidOptionError(where, "keyProvider must be a key provider: kmsKeyProvider({ … })");
  }
}

export function checkedWriter(where: string, options: BackupWriterOptions): WriterSettings {
  checkRequiredOptions(where, options, [
    ...PLACE,
    "compression",
    "memberBytes",
    "compressions",
    "partBytes",
    "concurrency",
    "settings",
    "abortReserveMs",
  ]);
  checkPlace(where, options);
  const { compression = 6, memberBytes = MIB, compressions = 4 } = options;
  const { partBytes = 8 * MIB, concurrency = 4, settings = {}, abortReserveMs = 2_000 } = options;
  if (compression !== "none")
    checkNumber(where, "compression", compression, { min: 1, max: 9, integer: true });
  checkNumber(where, "memberBytes", memberBytes, { min: 1_024, integer: true });
  checkNumber(where, "compressions", compressions, { min: 1, integer: true });
  // Source: Amazon S3 User Guide, "Amazon S3 multipart upload limits".
  checkNumber(where, "partBytes", partBytes, { min: 5 * MIB, max: 5 * 1_024 * MIB, integer: true });
  checkNumber(where, "concurrency", concurrency, { min: 1, integer: true });
  checkNumber(where, "abortReserveMs", abortReserveMs, { min: 0 });
  checkOptions(`${where}: settings`, settings, Object.keys(Object(settings)));
  const gzip =
    compression === "none" ? compression : { level: compression, memberBytes, concurrency: compressions };
  return { gzip, partBytes, concurrency, settings, abortReserveMs };
}
