import { HoldfastError } from "../core/errors.ts";
import type { Manifest } from "./manifest.ts";

/** A backup that is not what its manifest says: `BACKUP_CORRUPT`. Nothing of it was published. */
export class BackupCorruptError extends HoldfastError {
  override readonly name = "BackupCorruptError";
  constructor({ source, object }: Manifest, what: string, options: { readonly cause?: unknown } = {}) {
    super(
      "BACKUP_CORRUPT",
      `The backup of ${source.name}, version ${source.version}, ${what} (object ${object.key}). Restore another version, and find out who can write there.`,
      options,
    );
  }
}
