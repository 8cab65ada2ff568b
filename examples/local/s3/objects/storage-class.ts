import { S3Error } from "../s3-error.ts";

const STORAGE_CLASSES = [
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER_IR",
  "GLACIER",
  "DEEP_ARCHIVE",
] as const;
export type StorageClass = (typeof STORAGE_CLASSES)[number];

/** @throws S3Error InvalidStorageClass for a class that a general purpose bucket does not have. */
export function readStorageClass(text: string | undefined): StorageClass {
  const found = STORAGE_CLASSES.find((one) => one === (text ?? "STANDARD"));
  if (found !== undefined) return found;
  throw new S3Error("InvalidStorageClass", "The storage class you specified is not valid", {
    fields: { StorageClassRequested: text ?? "" },
  });
}

/** Archived objects cannot be read before they are restored. */
export const isArchived = (storageClass: StorageClass): boolean =>
  storageClass === "GLACIER" || storageClass === "DEEP_ARCHIVE";

const HOUR_MS = 3_600_000;

/**
 * How long a restoration takes on the cloud's clock: the middle or the upper end of what AWS page 'Understanding
 * archive retrieval options' gives. Undefined for a pair that does not exist.
 */
export function restorationMs(storageClass: StorageClass, tier: string): number | undefined {
  const hours: Readonly<Record<string, number>> =
    storageClass === "DEEP_ARCHIVE"
      ? { Standard: 12, Bulk: 48 }
      : { Expedited: 0.05, Standard: 4, Bulk: 8.5 };
  const found = hours[tier];
  return found === undefined ? undefined : found * HOUR_MS;
}
