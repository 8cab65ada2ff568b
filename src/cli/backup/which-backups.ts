import type { BackupSource } from "../../backup/manifest.ts";
import { UsageError } from "../io.ts";

export const placeOptions = {
  bucket: { type: "string" },
  prefix: { type: "string" },
  region: { type: "string" },
  endpoint: { type: "string" },
} as const;

export interface PlaceOptions {
  readonly bucket?: string | undefined;
  readonly prefix?: string | undefined;
}

export const placeUsage = `  --bucket NAME        the bucket of the backups, with the credentials of your environment
    --prefix P         the writer's \`prefix\`. Default: none
    --region R         default: your environment's
    --endpoint URL     another S3 than AWS's`;

export const sourceOptions = { name: { type: "string" }, version: { type: "string" } } as const;

export function placeFrom({ bucket, prefix = "" }: PlaceOptions): {
  readonly bucket: string;
  readonly prefix: string;
} {
  if (bucket === undefined || bucket === "") throw new UsageError("Where are the backups? Give --bucket.");
  return { bucket, prefix };
}

/** The version that both options name. */
export function sourceFrom(name: string | undefined, version: string | undefined): BackupSource {
  if (!name || !version)
    throw new UsageError("Which backup? Give --name and --version, as `holdfast backup list` shows them.");
  return { name, version };
}
