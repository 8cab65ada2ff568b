import { createHash } from "node:crypto";
import {
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from "@aws-sdk/client-s3";

/** One version of one object in the staging bucket. */
export interface Staged {
  readonly key: string;
  readonly versionId: string;
  /** Of its bytes, in hexadecimal. */
  readonly sha256: string;
  readonly backupId: string | undefined;
  readonly index: string | undefined;
}

/** Every version of everything in a bucket: what was written twice is there twice. */
export async function stagedIn(s3: S3Client, Bucket: string): Promise<readonly Staged[]> {
  const versions = await versionsIn(s3, Bucket);
  return Promise.all(
    versions.map(async ({ Key, VersionId }) => {
      const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }));
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      return {
        key: Key,
        versionId: VersionId,
        sha256: createHash("sha256").update(bytes).digest("hex"),
        backupId: Metadata?.["backup-id"],
        index: Metadata?.["index"],
      };
    }),
  );
}

/** The keys of a bucket. */
export async function keysIn(s3: S3Client, bucket: string): Promise<ReadonlySet<string>> {
  return new Set((await versionsIn(s3, bucket)).map(({ Key }) => Key));
}

async function versionsIn(s3: S3Client, Bucket: string) {
  const found: { readonly Key: string; readonly VersionId: string }[] = [];
  let page: ListObjectVersionsCommandOutput | undefined;
  do {
    const after = { KeyMarker: page?.NextKeyMarker, VersionIdMarker: page?.NextVersionIdMarker };
    page = await s3.send(new ListObjectVersionsCommand({ Bucket, ...after }));
    for (const { Key = "", VersionId = "" } of page.Versions ?? []) found.push({ Key, VersionId });
  } while (page.IsTruncated === true);
  return found;
}
